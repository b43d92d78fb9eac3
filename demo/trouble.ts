import { type ChannelEvent, textOf } from './slack/channel.ts';
import type { SlackMessage } from './slack/render-message.ts';
import { titleOf, type Tone, toneOf } from './slack/tone.ts';

/** One message and its thread, measured from the fault. Wall clock, ms; undefined: not (yet). */
export interface Trouble {
  readonly root: string;
  /** As it stands now, and as it came first. */
  readonly title: string;
  readonly firstTitle: string;
  /** The first that was said of it, whatever its level. */
  readonly noticedAtMs: number;
  readonly pagedAtMs: number | undefined;
  readonly resolvedAtMs: number | undefined;
  /** As it stands now. */
  readonly message: SlackMessage;
  readonly replies: readonly SlackMessage[];
  /** Everything that was said of it. */
  readonly says: string;
}

/** What the channel shows, a message each, first come first; `isOurs` picks by all that is said in the thread. */
export function troublesOf(
  events: readonly ChannelEvent[],
  isOurs: (text: string) => boolean,
): readonly Trouble[] {
  const threads = Map.groupBy(events, (event) => event.root);
  return [...threads.values()]
    .filter((thread) => thread.some((event) => isOurs(textOf(event.message))))
    .flatMap((thread) => toTrouble(thread) ?? []);
}

/** Messages about the hosts of one lab: their names end with its id. */
export function namesLab(labId: string): (text: string) => boolean {
  const pattern = new RegExp(`-${labId}(?![0-9]|-[0-9])`);
  return (text) => pattern.test(text);
}

function toTrouble(thread: readonly ChannelEvent[]): Trouble | undefined {
  const shown = thread.filter(({ kind }) => kind !== 'reply');
  const [first] = shown;
  const last = shown.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const firstWith = (tone: Tone): number | undefined =>
    shown.find(({ message }) => toneOf(message.text ?? '') === tone)?.atMs;
  return {
    root: first.root,
    title: titleOf(last.message.text ?? ''),
    firstTitle: titleOf(first.message.text ?? ''),
    noticedAtMs: first.atMs,
    pagedAtMs: firstWith('page'),
    resolvedAtMs: firstWith('resolved'),
    message: last.message,
    says: thread.map(({ message }) => textOf(message)).join('\n'),
    replies: thread.filter(({ kind }) => kind === 'reply').map(({ message }) => message),
  };
}
