import { createColors } from 'picocolors';
import { plainLine, plainText } from '../content/plain-line.ts';
import type { MessageContent, Tone } from '../content/message-content.ts';
import type { NotifierContext } from '../define-notifier.ts';
import type { Delivery, Notifier } from '../notifier.ts';
import type { TerminalConfig } from './config-schema.ts';

type Colours = ReturnType<typeof createColors>;

const marks: Readonly<Record<Tone, string>> = {
  page: '●',
  notice: '●',
  resolved: '✔',
  problem: '!',
  info: '·',
};

/** Messages as lines of a log: news in full, edits and replies indented in one or a few lines. */
export function createTerminalNotifier(config: TerminalConfig, context: NotifierContext): Notifier {
  const { output } = context;
  const wanted = config.colour === 'always' || (config.colour === 'auto' && output.isTTY === true);
  const colours = createColors(wanted && context.environment['NO_COLOR'] === undefined);
  return {
    kind: 'terminal',
    queueKey: `terminal:${context.receiver}`,
    minGapMs: 0,
    send: async (delivery) => {
      if (!isToldByEdit(delivery)) output.write(render(delivery, colours, new Date(context.nowMs())));
      return { kind: 'sent', receipt: { line: delivery.id } };
    },
  };
}

/** Elsewhere an edit is silent and a reply makes it heard; here both would be lines that say the same. */
function isToldByEdit({ operation, content }: Delivery): boolean {
  return operation === 'reply' && content.tone === 'resolved';
}

/** New figures of what was told before. */
function isFigures({ operation, purpose }: Delivery): boolean {
  return operation === 'edit' && purpose !== 'resolved' && purpose !== 'escalation';
}

function render(delivery: Delivery, colours: Colours, at: Date): string {
  const { content, operation } = delivery;
  const time = colours.dim(at.toISOString().slice(11, 23));
  if (isFigures(delivery)) {
    const figures = plainText(content.summary, 2_000).split('\n').join('; ');
    return `${time} ${colours.dim(`  ~ ${plainLine(content.title)}: ${figures}`)}\n`;
  }
  const mark = paint(content.tone, colours)(marks[content.tone]);
  const title = paint(content.tone, colours)(plainLine(content.title));
  const repeat = delivery.possibleRepeat ? colours.dim(' (possible repeat)') : '';
  const indent = operation === 'reply' ? '  ↳ ' : '';
  return [`${time} ${indent}${mark} ${title}${repeat}`, ...bodyOf(delivery, colours)].join('\n') + '\n';
}

function bodyOf({ content, operation }: Delivery, colours: Colours): readonly string[] {
  const inset = ' '.repeat(operation === 'reply' ? 17 : 15);
  const summary = content.summary === '' ? [] : plainText(content.summary, 2_000).split('\n');
  const parts =
    operation === 'edit' ? [] : [...factLines(content, colours), ...sectionLines(content, colours)];
  const actions = operation === 'edit' ? [] : actionLines(content, colours);
  const footer = content.footer.map((line) => colours.dim(plainLine(line)));
  return [...summary, ...parts, ...actions, ...footer].map((line) => inset + line);
}

const factLines = ({ facts }: MessageContent, colours: Colours): string[] =>
  facts.map(({ name, value }) => `${colours.dim(`${plainLine(name)}:`)} ${plainLine(value, 1_000)}`);

const sectionLines = ({ sections }: MessageContent, colours: Colours): string[] =>
  sections.flatMap(({ title, text }) => [
    colours.dim(`${plainLine(title)}:`),
    ...(text === ''
      ? []
      : plainText(text, 8_000)
          .split('\n')
          .map((line) => `  ${line}`)),
  ]);

const actionLines = ({ actions }: MessageContent, colours: Colours): string[] =>
  actions.map(
    ({ label, command, url }) =>
      `${colours.dim(`${plainLine(label)}:`)} ${plainLine(command ?? url ?? '', 500)}`,
  );

function paint(tone: Tone, colours: Colours): (text: string) => string {
  switch (tone) {
    case 'page':
    case 'problem':
      return (text) => colours.bold(colours.red(text));
    case 'notice':
      return colours.yellow;
    case 'resolved':
      return colours.green;
    case 'info':
      return (text) => text;
    default:
      return tone satisfies never;
  }
}
