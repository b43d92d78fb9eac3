/** What a message says first: `PAGE: RetransmitSpike checkout → payments:8080`. */
export const tones = ['notice', 'page', 'resolved', 'other'] as const;
export type Tone = (typeof tones)[number];

const leads: readonly (readonly [RegExp, Tone])[] = [
  [/^page\b/i, 'page'],
  [/^notice\b/i, 'notice'],
  [/^(resolved|expired)\b/i, 'resolved'],
];

/** The tone by the first word of a message's text. */
export function toneOf(text: string): Tone {
  const title = titleOf(text);
  return leads.find(([lead]) => lead.test(title))?.[1] ?? 'other';
}

/** The first line without the emoji before it. */
export function titleOf(text: string): string {
  const [first = ''] = text.split('\n');
  return first.replace(/^(?::[a-z0-9_+-]+:|\P{L})*/u, '');
}
