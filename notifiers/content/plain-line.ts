// Control and format characters (escape sequences, zero width, bidirectional overrides) and line separators: names come from other people's machines, and a terminal or a
// reader must not be led astray by them.
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line without control characters, cut visibly at `limit` characters. */
export function plainLine(text: string, limit = 300): string {
  return cut(text.replace(unsafe, '\ufffd'), limit);
}

/** The same over several lines. */
export const plainText = (text: string, limit: number): string =>
  cut(
    text
      .split('\n')
      .map((line) => line.replace(unsafe, '\ufffd'))
      .join('\n'),
    limit,
  );

/** Cuts at `limit` UTF-16 units, never inside a surrogate pair, and shows that it did. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const head = text.slice(0, Math.max(0, limit - 1));
  return `${/[\ud800-\udbff]$/u.test(head) ? head.slice(0, -1) : head}…`;
}
