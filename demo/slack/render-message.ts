import type { Colors } from '../colors.ts';
import { paintMrkdwn, paintPlain } from './mrkdwn.ts';

interface TextObject {
  readonly type?: string;
  readonly text?: unknown;
}

/** As much of a block as is read; https://docs.slack.dev/reference/block-kit/blocks */
export interface SlackBlock {
  readonly type: string;
  readonly text?: TextObject | string;
  readonly fields?: readonly TextObject[];
  readonly elements?: readonly (TextObject & { readonly url?: string })[];
}

export interface SlackMessage {
  readonly text?: string | undefined;
  readonly blocks?: readonly SlackBlock[] | undefined;
  readonly attachments?:
    readonly { readonly blocks?: readonly SlackBlock[]; readonly text?: string }[] | undefined;
}

export interface RenderOptions {
  readonly colors: Colors;
  /** Characters a line may hold, the bar at its left not counted. */
  readonly width: number;
}

/** The message as its reader sees it, one string a line. A message without blocks shows its text. */
export function renderMessage(message: SlackMessage, options: RenderOptions): readonly string[] {
  const attachments = message.attachments ?? [];
  const blocks = [...(message.blocks ?? []), ...attachments.flatMap((attachment) => attachment.blocks ?? [])];
  const painted =
    blocks.length > 0
      ? blocks.map((block) => renderBlock(block, options.colors))
      : [paintMrkdwn(message.text ?? '', options.colors)];
  return painted
    .flatMap((text) => text.split('\n'))
    .flatMap((line) => wrap(line, options.width))
    .map((line) => line.trimEnd())
    .filter((line, index, lines) => line !== '' || isSpacer(index, lines));
}

/** One empty line between others; none at either end. */
function isSpacer(index: number, lines: readonly string[]): boolean {
  return index > 0 && lines[index - 1] !== '' && lines.slice(index).some((line) => line !== '');
}

function renderBlock(block: SlackBlock, colors: Colors): string {
  switch (block.type) {
    case 'header':
      return colors.bold(paintText(block.text, colors));
    case 'divider':
      return colors.dim('─'.repeat(20));
    case 'context':
      return colors.dim((block.elements ?? []).map((element) => paintText(element, colors)).join('  '));
    case 'actions':
      return (block.elements ?? []).map((button) => renderButton(button, colors)).join('  ');
    default:
      return [
        paintText(block.text, colors),
        ...(block.fields ?? []).map((field) => renderField(field, colors)),
      ]
        .filter((text) => text !== '')
        .join('\n');
  }
}

/** A field is a name in bold over its value: on one line here. */
function renderField(field: TextObject, colors: Colors): string {
  return `  ${paintText(field, colors).split('\n').join('  ')}`;
}

function renderButton(button: TextObject & { readonly url?: string }, colors: Colors): string {
  const label = paintText(button.text as TextObject | string | undefined, colors);
  return `${colors.inverse(` ${label} `)}${button.url === undefined ? '' : colors.dim(` ${button.url}`)}`;
}

function paintText(text: TextObject | string | undefined, colors: Colors): string {
  if (typeof text === 'string') return paintMrkdwn(text, colors);
  if (typeof text?.text !== 'string') return '';
  return text.type === 'plain_text' ? paintPlain(text.text) : paintMrkdwn(text.text, colors);
}

/** Breaks at blanks; escape sequences take no room. A word longer than the line stays whole. */
function wrap(line: string, width: number): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  for (const word of line.slice(indent.length).split(' ')) {
    if (visibleLength(current) + visibleLength(word) > width && current.trim() !== '') {
      lines.push(current);
      current = indent;
    }
    current += `${word} `;
  }
  return [...lines, current];
}

function visibleLength(text: string): number {
  // eslint-disable-next-line no-control-regex -- the escape sequences that picocolors writes
  return text.replaceAll(/\u001b\[\d+m/g, '').length;
}
