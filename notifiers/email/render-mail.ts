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
  notice: '#b7791f',
  resolved: '#2f855a',
  problem: '#c0392b',
  info: '#4a5568',
};
const font = 'font:14px/1.5 system-ui,-apple-system,Segoe UI,sans-serif';
const mono = 'font:12px/1.5 ui-monospace,Menlo,Consolas,monospace';

function renderHtml(content: MessageContent, chartCid: string | null): string {
  const { tone, title, summary, facts, sections, actions, footer } = content;
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><td style="color:#666;padding:2px 12px 2px 0;vertical-align:top">${escapeHtml(name)}</td><td>${lines(value)}</td></tr>`,
  );
  return [
    `<!doctype html><html><head><meta charset="utf-8"></head><body style="${font};color:#1a202c">`,
    `<h2 style="font-size:17px;color:${colours[tone]};margin:0 0 8px">${escapeHtml(title)}</h2>`,
    summary === '' ? '' : `<p>${lines(summary)}</p>`,
    rows.length === 0 ? '' : `<table style="${font};border-collapse:collapse">${rows.join('')}</table>`,
    chartCid === null ? '' : htmlChart(chartCid),
    ...sections.map(htmlSection),
    actions.length === 0 ? '' : `<ul style="padding-left:18px">${actions.map(htmlAction).join('')}</ul>`,
    footer.length === 0
      ? ''
      : `<p style="color:#666;font-size:12px">${footer.map(escapeHtml).join('<br>')}</p>`,
    '</body></html>',
  ].join('');
}

const htmlChart = (cid: string): string =>
  `<p><img src="cid:${escapeHtml(cid)}" alt="Value against normal over time" width="${chartSize.width}" style="max-width:100%;height:auto"></p>`;

function htmlSection({ title, text, code }: MessageContent['sections'][number]): string {
  const head = `<h3 style="font-size:14px;margin:12px 0 4px">${escapeHtml(title)}</h3>`;
  if (text === '') return head;
  return code
    ? `${head}<pre style="${mono};background:#f7f7f7;padding:8px;white-space:pre-wrap">${escapeHtml(text)}</pre>`
    : `${head}<p>${lines(text)}</p>`;
}

function htmlAction({ label, command, url }: MessageContent['actions'][number]): string {
  if (url !== null && /^https?:\/\/\S+$/u.test(url) && URL.canParse(url))
    return `<li><a href="${escapeHtml(new URL(url).href)}">${escapeHtml(label)}</a></li>`;
  return `<li>${escapeHtml(label)}: <code style="${mono}">${escapeHtml(command ?? url ?? '')}</code></li>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/gu, (one) => entities[one] ?? '');
const lines = (text: string): string => escapeHtml(text).replaceAll('\n', '<br>');
