import type { PressHandler } from '../actions/press.ts';
import type { SlackClient } from './slack-client.ts';
import { parseInteraction } from './parse-interaction.ts';

const timeoutMs = 10_000;

export interface InteractionOptions {
  readonly receiver: string;
  readonly channel: string;
  readonly client: SlackClient;
  readonly onPress: PressHandler;
  readonly onTrouble: (reason: string) => void;
}

/**
 * Carries out what a payload asks for; `taken` is called once it is durable, within Slack's three seconds, and the
 * person is answered where nobody else sees it. Whoever may read the channel may press: what they did is recorded.
 */
export async function answerInteraction(
  options: InteractionOptions,
  payload: unknown,
  taken: () => Promise<void>,
): Promise<void> {
  const press = parseInteraction(payload, options.receiver);
  if (press === null) return taken();
  let text: string;
  try {
    text = await options.onPress(press);
  } catch (error) {
    // Not acknowledged: Slack tells the person that it did not work.
    options.onTrouble(`a button had no effect: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  await taken();
  try {
    const client = await options.client(AbortSignal.timeout(timeoutMs));
    await client.chat.postEphemeral({ channel: press.channel, user: press.user, text });
  } catch {
    // It is done, and the message shows it.
    options.onTrouble('the person who pressed a button could not be answered');
  }
}
