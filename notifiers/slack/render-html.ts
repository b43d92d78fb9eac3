/** As much of a Slack message as a picture needs. */
export interface PictureMessage {
  readonly text: string;
  readonly blocks: readonly unknown[] | null;
  /** Local time as it stands beside the name. */
  readonly time: string;
}

interface TextObject {
  readonly type: string;
  readonly text: string;
}
interface Block {
  readonly type?: string;
  readonly text?: TextObject;
  readonly fields?: readonly TextObject[];
  readonly elements?: readonly TextObject[];
}

const emoji: Readonly<Record<string, string>> = {
  red_circle: '🔴',
  large_yellow_circle: '🟡',
  white_check_mark: '✅',
  warning: '⚠️',
  information_source: 'ℹ️',
};

/** A message and its thread as an HTML page that looks like Slack: for documentation, drawn by a browser. */
export function renderHtml(
  channel: string,
  root: PictureMessage,
  replies: readonly PictureMessage[],
): string {
  const thread = replies.map((reply) => `<div class="reply">${renderMessage(reply)}</div>`).join('');
  const count = `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`;
  const below = replies.length === 0 ? '' : `<div class="count">${count}</div>${thread}`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Saccade in Slack</title><style>${style}</style>
<body><div class="channel"># ${escapeHtml(channel)}</div>${renderMessage(root)}${below}</body></html>`;
}

function renderMessage({ blocks, text, time }: PictureMessage): string {
  const body =
    blocks === null
      ? `<p>${renderMrkdwn(text)}</p>`
      : blocks.map((block) => renderBlock(block as Block)).join('');
  return `<div class="message"><div class="avatar">◉</div><div class="body">
<b>Saccade</b> <span class="app">APP</span> <span class="time">${escapeHtml(time)}</span>${body}</div></div>`;
}

function renderBlock({ type, text, fields, elements }: Block): string {
  if (type === 'header') return `<h3>${renderMrkdwn(text?.text ?? '')}</h3>`;
  const items = (objects: readonly TextObject[] = []) =>
    objects.map((one) => `<div>${renderMrkdwn(one.text)}</div>`).join('');
  if (type === 'context') return `<div class="context">${items(elements)}</div>`;
  const paragraph = text === undefined ? '' : `<p>${renderMrkdwn(text.text)}</p>`;
  return fields === undefined ? paragraph : `${paragraph}<div class="fields">${items(fields)}</div>`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack's markup to HTML; the entities that Slack wants are those of HTML, so they pass as they are. */
function renderMrkdwn(text: string): string {
  const parts = text.split(/(```[\s\S]*?```|`[^`\n]+`)/u);
  return parts.map((part) => (part.startsWith('`') ? renderCode(part) : renderProse(part))).join('');
}

function renderCode(part: string): string {
  return part.startsWith('```') ? `<pre>${part.slice(3, -3)}</pre>` : `<code>${part.slice(1, -1)}</code>`;
}

const renderProse = (part: string): string =>
  part
    .replace(/<(https?:\/\/[^|>"]+)\|([^>]*)>/gu, '<a href="$1">$2</a>')
    .replace(/(?<![\w\u2060])\*([^*\n]+)\*/gu, '<b>$1</b>')
    .replace(/:([a-z_]+):/gu, (whole, name: string) => emoji[name] ?? whole)
    .replaceAll('\u2060', '')
    .replaceAll('\n', '<br>');

const style = `
body { font: 15px/1.46 Lato, "Helvetica Neue", "Noto Sans", sans-serif; color: #1d1c1d; width: 760px; margin: 0; padding: 16px; }
.channel { font-weight: 700; padding-bottom: 12px; border-bottom: 1px solid #ddd; margin-bottom: 12px; }
.message { display: flex; gap: 10px; margin-bottom: 10px; }
.avatar { width: 36px; height: 36px; border-radius: 6px; background: #12343b; color: #7fe3d4; font-size: 22px; line-height: 34px; text-align: center; flex: none; }
.app { background: #e8e8e8; color: #616061; font-size: 10px; padding: 1px 3px; border-radius: 2px; }
.time, .context { color: #616061; font-size: 12px; }
h3 { font-size: 18px; margin: 4px 0; } p { margin: 4px 0; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px; margin: 6px 0; }
code { color: #c01343; } code, pre { background: #f6f6f6; border: 1px solid #ddd; border-radius: 4px; font: 12px/1.5 monospace; }
code { padding: 1px 3px; } pre { padding: 6px 8px; white-space: pre-wrap; margin: 4px 0; }
.count { color: #1264a3; font-weight: 700; font-size: 13px; margin: 0 0 8px 46px; }
.reply { margin-left: 46px; border-left: 3px solid #ddd; padding-left: 10px; }
`;
