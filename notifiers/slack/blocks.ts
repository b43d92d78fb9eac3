import type { KnownBlock } from '@slack/web-api';
import type { MessageContent, Tone } from '../content/message-content.ts';
import { cutEscaped, escapeCode, escapeLine, escapeMrkdwn } from './escape.ts';
import { slackLimits } from './limits.ts';

export interface SlackMessage {
  /** Notification and fallback. */
  readonly text: string;
  readonly blocks: KnownBlock[];
}

export interface RenderOptions {
  /** Replies are quieter: no header block. */
  readonly inThread: boolean;
  readonly possibleRepeat: boolean;
  /** Kept whatever else has to be cut. */
  readonly buttons?: readonly KnownBlock[];
}

const emoji: Readonly<Record<Tone, string>> = {
  page: ':red_circle:',
  notice: ':large_yellow_circle:',
  resolved: ':white_check_mark:',
  problem: ':warning:',
  info: ':information_source:',
};

const shortFact = 120;

/** A message as Slack blocks, within every limit; what had to be cut ends in an ellipsis. */
export function renderBlocks(content: MessageContent, options: RenderOptions): SlackMessage {
  const blocks = [
    titleBlock(content, options),
    ...summaryBlocks(content),
    ...factBlocks(content),
    ...content.sections.slice(0, 20).map(sectionBlock),
    ...actionBlocks(content),
    ...footerBlocks(content, options),
  ];
  const text = `${emoji[content.tone]} ${escapeLine(content.title, 300)}`;
  const summary = content.summary === '' ? '' : `\n${escapeMrkdwn(content.summary, 1_000)}`;
  return {
    text: cutEscaped(text + summary, 3_000),
    blocks: [...withinBudget(blocks), ...(options.buttons ?? [])],
  };
}

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text }) as const;
const section = (text: string): KnownBlock => ({ type: 'section', text: mrkdwn(text) });

function titleBlock({ tone, title }: MessageContent, { inThread }: RenderOptions): KnownBlock {
  if (inThread) return section(`${emoji[tone]} *${escapeMrkdwn(title.replaceAll('\n', ' '), 1_000)}*`);
  const text = `${emoji[tone]} ${escapeLine(title, slackLimits.headerText - 30)}`;
  return { type: 'header', text: { type: 'plain_text', text, emoji: true } };
}

const summaryBlocks = ({ summary }: MessageContent): KnownBlock[] =>
  summary === '' ? [] : [section(escapeMrkdwn(summary, 2_900))];

/** Short facts side by side, long ones on lines of their own. */
function factBlocks({ facts }: MessageContent): KnownBlock[] {
  const render = ({ name, value }: MessageContent['facts'][number]) =>
    `*${escapeMrkdwn(name, 60)}*\n${escapeMrkdwn(value, 1_500)}`;
  const short = facts.filter(({ value }) => value.length <= shortFact).slice(0, slackLimits.fields);
  const long = facts.filter((fact) => !short.includes(fact)).slice(0, 10);
  const fields: KnownBlock[] =
    short.length === 0 ? [] : [{ type: 'section', fields: short.map((one) => mrkdwn(render(one))) }];
  return [...fields, ...long.map((one) => section(render(one)))];
}

function sectionBlock({ title, text, code }: MessageContent['sections'][number]): KnownBlock {
  const head = `*${escapeMrkdwn(title, 300)}*`;
  if (text === '') return section(head);
  return section(
    code ? `${head}\n\`\`\`${escapeCode(text, 2_500)}\`\`\`` : `${head}\n${escapeMrkdwn(text, 2_500)}`,
  );
}

function actionBlocks({ actions }: MessageContent): KnownBlock[] {
  if (actions.length === 0) return [];
  const lines = actions.slice(0, 8).map(({ label, command, url }) => {
    const name = escapeMrkdwn(label, 60);
    if (url !== null)
      return isLink(url)
        ? `<${encodeURI(decodeSafely(url)).replace(/[|<>]/gu, '')}|${name}>`
        : `${name}: ${escapeMrkdwn(url, 200)}`;
    return `${name}: \`${escapeCode(command ?? '', 250)}\``;
  });
  return [section(lines.join('\n'))];
}

const isLink = (url: string): boolean => /^https?:\/\/[^\s<>|]+$/u.test(url) && url.length <= 1_000;

function decodeSafely(url: string): string {
  try {
    return decodeURI(url);
  } catch {
    // Not percent-encoded text: taken as it is.
    return url;
  }
}

function footerBlocks({ footer }: MessageContent, { possibleRepeat }: RenderOptions): KnownBlock[] {
  const lines = [
    ...(possibleRepeat ? ['possible repeat: Slack left an earlier attempt unanswered'] : []),
    ...footer,
  ];
  if (lines.length === 0) return [];
  const elements = lines.slice(0, slackLimits.contextElements).map((line) => mrkdwn(escapeMrkdwn(line, 500)));
  return [{ type: 'context', elements }];
}

const textLength = (block: KnownBlock): number =>
  [...JSON.stringify(block).matchAll(/"text":"((?:[^"\\]|\\.)*)"/gu)].reduce(
    (sum, [, text = '']) => sum + text.length,
    0,
  );

/** Keeps the first blocks that fit and says how many are missing. */
function withinBudget(blocks: readonly KnownBlock[]): KnownBlock[] {
  const kept: KnownBlock[] = [];
  let total = 0;
  for (const block of blocks) {
    total += textLength(block);
    if (total > slackLimits.allBlocksText || kept.length >= slackLimits.blocks - 2) break;
    kept.push(block);
  }
  const missing = blocks.length - kept.length;
  const note = `… ${missing} more parts did not fit into one message: saccade alerts show`;
  return missing === 0 ? kept : [...kept, { type: 'context', elements: [mrkdwn(note)] }];
}
