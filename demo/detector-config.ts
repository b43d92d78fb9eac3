import { stringify } from 'yaml';
import type { Channel } from './slack/channel.ts';

/** Name of the environment variable that hands the look-alike's token to the detector. */
export const tokenVariable = 'SACCADE_DEMO_SLACK_TOKEN';

/** A configuration as a user writes it: where pages go, and a free port, so that two run at once.
 * `receiver`: further keys of its receiver. */
export function detectorConfig(
  channel: Pick<Channel, 'apiUrl' | 'channelId'>,
  receiver: Readonly<Record<string, unknown>> = {},
): string {
  const slack = { channel: channel.channelId, token_env: tokenVariable, api_url: channel.apiUrl };
  return stringify({
    cluster: 'demo',
    listen: '127.0.0.1:0',
    notifications: { route: { receiver: 'slack' }, receivers: [{ name: 'slack', ...receiver, slack }] },
  });
}
