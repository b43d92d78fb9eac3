import { systemClock } from '../clock.ts';
import { secretOf } from '../config/secret-keys.ts';
import type { ListenContext, Listener } from '../listener.ts';
import type { SlackConfig } from './config-schema.ts';
import { createHttpListener } from './http-listener.ts';
import { createSlackClient } from './slack-client.ts';
import { createSocketListener } from './socket-listener.ts';

/** What hears the buttons of a Slack receiver; null: it is not configured to. */
export function createSlackListener(config: SlackConfig, context: ListenContext): Listener | null {
  const token = secretOf(config, 'token', context);
  const appToken = secretOf(config, 'app_token', context);
  const signingSecret = secretOf(config, 'signing_secret', context);
  if (token === undefined) return null;
  const { receiver, onPress, onTrouble, nowMs } = context;
  const common = {
    receiver,
    channel: config.channel,
    client: createSlackClient(config, token),
    onPress,
    onTrouble,
  };
  if (appToken !== undefined)
    return createSocketListener({
      ...common,
      apiUrl: config.api_url,
      appToken,
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
    });
  if (signingSecret === undefined || config.interactions_listen === undefined) return null;
  return createHttpListener({ ...common, listen: config.interactions_listen, signingSecret, nowMs });
}
