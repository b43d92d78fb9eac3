import { plainLine, plainText } from '../content/plain-line.ts';

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const escapeEntities = (text: string): string =>
  text.replace(/[&<>]/gu, (character) => entities[character] ?? '');

/** Cuts an escaped text at `limit` without leaving half an entity, visibly. */
export function cutEscaped(escaped: string, limit: number): string {
  if (escaped.length <= limit) return escaped;
  return `${escaped.slice(0, limit - 1).replace(/&[a-z]{0,3}$|[\ud800-\udbff]$/u, '')}…`;
}

// Slack formats what stands between two of these at the edges of words; a word joiner before them keeps names as they
// are. Inside a word (`snake_case`) they are plain.
const formatting = /(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9])/gu;

/** Any text as mrkdwn that shows exactly that text: no mention, no link, no formatting. */
export const escapeMrkdwn = (text: string, limit = 3_000): string =>
  cutEscaped(
    escapeEntities(plainText(text, limit).replaceAll('`', 'ˋ')).replace(
      formatting,
      (character) => `\u2060${character}`,
    ),
    limit,
  );

/** One line, for `plain_text` objects and the notification text: Slack undoes the entities there as well. */
export const escapeLine = (text: string, limit: number): string =>
  cutEscaped(escapeEntities(plainLine(text, limit)), limit);

/** Inside a code span or block, where only the backtick could end it. */
export const escapeCode = (text: string, limit: number): string =>
  cutEscaped(escapeEntities(plainText(text, limit).replaceAll('`', 'ˋ')), limit);
