/** What a message says first: `PAGE: RetransmitSpike checkout → payments:8080`. */
export const tones = ['notice', 'page', 'resolved', 'other'] as const;
export type Tone = (typeof tones)[number];

/** One thing that the people in the channel saw: a message, a change of one, a reply in its thread. */
export interface Sighting {
  /** Seconds since the beginning of the play. */
  readonly atS: number;
  readonly kind: 'post' | 'edit' | 'reply';
  readonly tone: Tone;
  /** The message that began the thread; a message is its own. */
  readonly root: string;
  /** Everything written in it, blocks included. */
  readonly text: string;
}

const leads: readonly (readonly [RegExp, Tone])[] = [
  [/^\P{L}*page\b/iu, 'page'],
  [/^\P{L}*notice\b/iu, 'notice'],
  [/^\P{L}*(resolved|expired)\b/iu, 'resolved'],
];

/** The tone by the first word of a message's text. */
export function toneOf(text: string): Tone {
  return leads.find(([lead]) => lead.test(text))?.[1] ?? 'other';
}

/** As a failing test shows it. */
export function describeSighting(sighting: Sighting): string {
  const [title = ''] = sighting.text.split('\n');
  return `${sighting.atS.toFixed(2).padStart(7)} s  ${sighting.kind.padEnd(5)} ${sighting.tone.padEnd(8)} ${title}`;
}
