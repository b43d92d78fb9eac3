import { stripVTControlCharacters } from 'node:util';
import type { Colors } from '../colors.ts';

/** Emoji that our messages use, and a few that people add; others stay as `:name:`. */
const emoji: Readonly<Record<string, string>> = {
  rotating_light: '🚨',
  fire: '🔥',
  red_circle: '🔴',
  large_orange_circle: '🟠',
  large_yellow_circle: '🟡',
  large_green_circle: '🟢',
  large_blue_circle: '🔵',
  white_check_mark: '✅',
  warning: '⚠️',
  eyes: '👀',
  mag: '🔍',
  information_source: 'ℹ️',
  no_bell: '🔕',
  hourglass_flowing_sand: '⏳',
};

/**
 * Slack's mrkdwn as a terminal shows it (https://docs.slack.dev/messaging/formatting-message-text): bold, italic,
 * struck, code, links as `label (url)`, dates by their fallback. Control characters are dropped: names come from the
 * network.
 */
export function paintMrkdwn(text: string, colors: Colors): string {
  return text
    .split(/(```[\s\S]*?```)/)
    .map((part) => (part.startsWith('```') ? paintBlock(part, colors) : paintInline(part, colors)))
    .join('');
}

/** Text without markup: `plain_text` objects, and the notification line. */
export function paintPlain(text: string): string {
  return unescapeEntities(withEmoji(printable(text)));
}

function paintBlock(part: string, colors: Colors): string {
  const code = unescapeEntities(printable(part.slice(3, -3))).replace(/^\n|\n$/g, '');
  return `\n${code
    .split('\n')
    .map((line) => colors.cyan(`  ${line}`))
    .join('\n')}\n`;
}

function paintInline(part: string, colors: Colors): string {
  const painted = withEmoji(printable(part))
    .replaceAll(/`([^`\n]+)`/g, (_, code: string) => colors.cyan(code))
    .replaceAll(/(?<![\p{L}\p{N}])\*([^*\n]+)\*(?![\p{L}\p{N}])/gu, (_, bold: string) => colors.bold(bold))
    .replaceAll(/(?<![\p{L}\p{N}])_([^_\n]+)_(?![\p{L}\p{N}])/gu, (_, italic: string) =>
      colors.italic(italic),
    )
    .replaceAll(/(?<![\p{L}\p{N}])~([^~\n]+)~(?![\p{L}\p{N}])/gu, (_, gone: string) =>
      colors.strikethrough(gone),
    )
    .replaceAll(/<([^<>|]+)(?:\|([^<>]+))?>/g, (_, target: string, label?: string) =>
      paintLink(target, label, colors),
    );
  return unescapeEntities(painted);
}

function paintLink(target: string, label: string | undefined, colors: Colors): string {
  if (/^[!@#]/.test(target)) return label ?? target.replace(/^!/, '@');
  return label === undefined
    ? colors.underline(target)
    : `${colors.underline(label)} ${colors.dim(`(${target})`)}`;
}

function withEmoji(text: string): string {
  return text.replaceAll(/:([a-z0-9_+-]+):/g, (whole, name: string) => emoji[name] ?? whole);
}

function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- tabs and line ends stay, every other control character goes.
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
