import type { SlackMessage } from './render-message.ts';

/** One request that changed what the channel shows, as the look-alike received it. */
export interface ChannelEvent {
  /** Wall clock of its arrival. */
  readonly atMs: number;
  readonly kind: 'post' | 'edit' | 'reply';
  /** `ts` of the message that begins the thread; a message is its own. */
  readonly root: string;
  readonly message: SlackMessage;
}

/** A channel that real requests go to. */
export interface Channel extends AsyncDisposable {
  /** Base of the Web API, for `api_url`. */
  readonly apiUrl: string;
  readonly channelId: string;
  readonly token: string;
  /** In the order of arrival. */
  events(): readonly ChannelEvent[];
}

/** Everything a message says, its title first. */
export function textOf(message: SlackMessage): string {
  const texts = [...(message.blocks ?? []), ...(message.attachments ?? [])].flatMap(stringsIn);
  return [message.text ?? '', ...texts].join('\n');
}

/** Every `text` at any depth: blocks nest texts in fields and elements. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'text' && typeof inner === 'string' ? [inner] : stringsIn(inner),
  );
}
