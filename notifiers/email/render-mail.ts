import { chartSize } from '../chart/draw-chart.ts';
import { boundContent } from '../content/bound-content.ts';
import type { MessageContent, Tone } from '../content/message-content.ts';

/** A message as both parts of an e-mail. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const repeatNote = 'possible repeat: the mail server left an earlier attempt unanswered';

export interface MailOptions {
  readonly possibleRepeat: boolean;
  /** Content-ID of the picture that comes with the mail; null: none does. */
  readonly chartCid: string | null;
}

/**
 * What is said, as plain text and as HTML that needs nothing from elsewhere: no scripts, no fonts, no image but that
 * which comes with it.
 */
export function renderMail(
  unbounded: MessageContent,
  { possibleRepeat, chartCid }: MailOptions,
): RenderedMail {
  const bounded = boundContent(unbounded);
  const content = possibleRepeat ? { ...bounded, footer: [repeatNote, ...bounded.footer] } : bounded;
  return {
    subject: content.title.slice(0, 250),
    text: renderText(content),
    html: renderHtml(content, chartCid),
  };
}

function renderText({ title, summary, facts, sections, actions, footer }: MessageContent): string {
  const width = Math.min(20, Math.max(0, ...facts.map(({ name }) => name.length)));
  return [
    title,
    summary,
    facts.map(({ name, value }) => `${`${name}:`.padEnd(width + 2)}${value}`).join('\n'),
    ...sections.map((one) => (one.text === '' ? one.title : `${one.title}\n${indent(one.text)}`)),
    actions.map(({ label, command, url }) => `${label}: ${command ?? url ?? ''}`).join('\n'),
    // RFC 3676: what follows is the signature.
    footer.length === 0 ? '' : `-- \n${footer.join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const indent = (text: string): string => text.replace(/^/gmu, '  ');

const colours: Readonly<Record<Tone, string>> = {
  page: '#c0392b',
  notice: '#8a5800',
  resolved: '#2f855a',
  problem: '#c0392b',
  info: '#4a5568',
};
const font = 'font:14px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif';
const mono = 'font:12px/1.5 ui-monospace,Menlo,Consolas,monospace';
const muted = '#5a6472';
/** Long lines are hard to read, and a phone shows what fits it only where it is told so. */
const page = 'max-width:680px;margin:0 auto;padding:12px';
const viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">';

function renderHtml(content: MessageContent, chartCid: string | null): string {
  const { title, facts, sections, actions, footer } = content;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `${viewport}<title>${escapeHtml(title)}</title></head>`,
    // Both colours: a mail program with a dark ground would keep our dark letters on it.
    `<body style="${font};margin:0;background:#ffffff;color:#1a202c"><div style="${page}">`,
    htmlHead(content),
    htmlLinks(actions),
    facts.length === 0 ? '' : `<table style="${table}">${facts.map(htmlFact).join('')}</table>`,
    chartCid === null ? '' : htmlChart(chartCid),
    ...sections.map(htmlSection),
    htmlCommands(actions),
    footer.length === 0
      ? ''
      : `<p style="color:${muted};font-size:12px;overflow-wrap:anywhere">${footer.map(escapeHtml).join('<br>')}</p>`,
    '</div></body></html>',
  ].join('');
}

const table = `${font};border-collapse:collapse;margin:12px 0`;

/** What, who and how bad, beside a bar in the colour of its urgency. */
function htmlHead({ tone, title, summary }: MessageContent): string {
  const heading = `<h1 style="font-size:17px;line-height:1.35;color:${colours[tone]};margin:0">${escapeHtml(title)}</h1>`;
  const said = summary === '' ? '' : `<p style="font-size:15px;margin:4px 0 0">${lines(summary)}</p>`;
  return `<div style="border-left:4px solid ${colours[tone]};padding:2px 0 2px 12px;margin:0 0 12px">${heading}${said}</div>`;
}

const named = `font-weight:normal;text-align:left;color:${muted};padding:0 16px 4px 0;min-width:60px`;
const htmlRow = (name: string, value: string): string =>
  `<tr style="vertical-align:top"><th style="${named}">${escapeHtml(name)}</th><td>${value}</td></tr>`;
const htmlFact = ({ name, value }: MessageContent['facts'][number]): string => htmlRow(name, lines(value));

const htmlChart = (cid: string): string =>
  `<p><img src="cid:${escapeHtml(cid)}" alt="Value against normal over time" width="${chartSize.width}" style="max-width:100%;height:auto"></p>`;

const sectionHeading = 'font-size:14px;margin:16px 0 4px';

function htmlSection({ title, text, code }: MessageContent['sections'][number]): string {
  const head = `<h2 style="${sectionHeading}">${escapeHtml(title)}</h2>`;
  if (text === '') return head;
  return code
    ? `${head}<pre style="${mono};background:#f1f4f7;border-radius:4px;margin:0;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere">${escapeHtml(text)}</pre>`
    : `${head}<p style="margin:0">${lines(text)}</p>`;
}

type Action = MessageContent['actions'][number];

/** Only what leads to a page by HTTP. */
function hrefOf({ url }: Action): string | undefined {
  return url !== null && /^https?:\/\/\S+$/u.test(url) && URL.canParse(url) ? new URL(url).href : undefined;
}

/** First: on a phone nobody scrolls past the evidence to find them. */
function htmlLinks(actions: readonly Action[]): string {
  const links = actions.flatMap((action) => {
    const href = hrefOf(action);
    return href === undefined ? [] : [htmlLink(action.label, href)];
  });
  return links.length === 0 ? '' : `<p style="margin:12px 0">${links.join(' ')}</p>`;
}

const button =
  'display:inline-block;background:#0b5fd0;color:#ffffff;text-decoration:none;border-radius:4px;padding:7px 14px;margin:0 6px 6px 0';
const htmlLink = (label: string, href: string): string =>
  `<a href="${escapeHtml(href)}" style="${button}">${escapeHtml(label)}</a>`;

function htmlCommands(actions: readonly Action[]): string {
  const commands = actions.filter((action) => hrefOf(action) === undefined);
  if (commands.length === 0) return '';
  const rows = commands.map(({ label, command, url }) => htmlRow(label, htmlCode(command ?? url ?? '')));
  return `<h2 style="${sectionHeading}">By command</h2><table style="${table};margin-top:0">${rows.join('')}</table>`;
}

const htmlCode = (text: string): string =>
  `<code style="${mono};overflow-wrap:anywhere">${escapeHtml(text)}</code>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/gu, (one) => entities[one] ?? '');
const lines = (text: string): string => escapeHtml(text).replaceAll('\n', '<br>');
