/** What a message says first: `PAGE: RetransmitSpike checkout → payments:8080`. */
export const tones = ['notice', 'page', 'resolved', 'other'] as const;
export type Tone = (typeof tones)[number];

const leads: readonly (readonly [RegExp, Tone])[] = [
  [/^\P{L}*page\b/iu, 'page'],
  [/^\P{L}*notice\b/iu, 'notice'],
  [/^\P{L}*(resolved|expired)\b/iu, 'resolved'],
];

/** The tone by the first word of a message's text. */
export function toneOf(text: string): Tone {
  return leads.find(([lead]) => lead.test(text))?.[1] ?? 'other';
}
