import { blocksFault } from './validate-blocks.ts';

export interface FakeMessage {
  readonly channel: string;
  readonly ts: string;
  readonly threadTs: string | null;
  readonly broadcast: boolean;
  text: string;
  blocks: readonly unknown[] | null;
  metadata: unknown;
  /** Ids of files shared with it. */
  readonly files: readonly string[];
  edits: number;
  /** History and replies do not show it before. */
  readonly visibleFromMs: number;
  readonly postedMs: number;
}

export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  bytes: Uint8Array | null;
  channel: string | null;
  threadTs: string | null;
}

export interface WorkspaceOptions {
  readonly channels: readonly string[];
  /** Exist, but the bot is not in them. */
  readonly foreignChannels: readonly string[];
  readonly nowMs: () => number;
}

export type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean };
type Fields = ReadonlyMap<string, string>;

const no = (error: string): Answer => ({ ok: false, error });
const metadataLimitBytes = 16 * 1024;

/** Messages and files of one workspace. It never deduplicates: what arrives twice is there twice. */
export class FakeWorkspace {
  readonly messages: FakeMessage[] = [];
  readonly files: FakeFile[] = [];
  /** Shown to one person only. */
  readonly ephemerals: { readonly channel: string; readonly user: string; readonly text: string }[] = [];
  /** How late history shows a message. */
  historyDelayMs = 0;
  readonly #options: WorkspaceOptions;
  #serial = 0;

  constructor(options: WorkspaceOptions) {
    this.#options = options;
  }

  post(fields: Fields): Answer {
    const channel = fields.get('channel') ?? '';
    const fault = this.#channelFault(channel) ?? contentFault(fields);
    if (fault !== null) return no(fault);
    const threadTs = fields.get('thread_ts') ?? null;
    if (threadTs !== null && !this.#find(channel, threadTs)) return no('thread_not_found');
    const nowMs = this.#options.nowMs();
    const message: FakeMessage = {
      channel,
      ts: this.#nextTs(nowMs),
      threadTs,
      broadcast: fields.get('reply_broadcast') === 'true',
      text: fields.get('text') ?? '',
      blocks: blocksOf(fields),
      metadata: parsed(fields.get('metadata')) ?? null,
      files: [],
      edits: 0,
      visibleFromMs: nowMs + this.historyDelayMs,
      postedMs: nowMs,
    };
    this.messages.push(message);
    return { ok: true, channel, ts: message.ts, message: shown(message, true) };
  }

  /** As Slack does: text without blocks removes the blocks, metadata stays unless given. */
  update(fields: Fields): Answer {
    const channel = fields.get('channel') ?? '';
    const fault = this.#channelFault(channel);
    if (fault !== null) return no(fault);
    const message = this.#find(channel, fields.get('ts') ?? '');
    if (!message) return no('message_not_found');
    const content = contentFault(fields);
    if (content !== null) return no(content);
    message.text = fields.get('text') ?? '';
    message.blocks = blocksOf(fields);
    message.metadata = parsed(fields.get('metadata')) ?? message.metadata;
    message.edits += 1;
    return { ok: true, channel, ts: message.ts, text: message.text };
  }

  postEphemeral(fields: Fields): Answer {
    const channel = fields.get('channel') ?? '';
    const user = fields.get('user') ?? '';
    const fault = this.#channelFault(channel) ?? contentFault(fields);
    if (fault !== null) return no(fault);
    if (user === '') return no('user_not_in_channel');
    this.ephemerals.push({ channel, user, text: fields.get('text') ?? '' });
    return { ok: true, message_ts: '1.000001' };
  }

  history(fields: Fields, thread: boolean): Answer {
    const channel = fields.get('channel') ?? '';
    const fault = this.#channelFault(channel);
    if (fault !== null) return no(fault);
    const root = fields.get('ts') ?? '';
    if (thread && !this.#find(channel, root)) return no('thread_not_found');
    const oldest = Number(fields.get('oldest') ?? 0);
    const limit = Number(fields.get('limit') ?? 100);
    const from = Number(fields.get('cursor') ?? 0);
    const found = this.messages.filter(
      (message) =>
        message.channel === channel &&
        message.visibleFromMs <= this.#options.nowMs() &&
        Number(message.ts) >= oldest &&
        (thread
          ? message.ts === root || message.threadTs === root
          : message.threadTs === null || message.broadcast),
    );
    const ordered = thread ? found : found.reverse();
    const withMetadata = fields.get('include_all_metadata') === 'true';
    const next = from + limit < ordered.length ? String(from + limit) : '';
    return {
      ok: true,
      messages: ordered.slice(from, from + limit).map((message) => this.#shown(message, withMetadata)),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    };
  }

  uploadUrl(fields: Fields, base: string): Answer {
    const length = Number(fields.get('length') ?? 0);
    const name = fields.get('filename') ?? '';
    if (name === '' || !Number.isInteger(length) || length <= 0) return no('invalid_arguments');
    const id = `F${String(this.files.length + 1).padStart(9, '0')}`;
    this.files.push({ id, name, length, bytes: null, channel: null, threadTs: null });
    return { ok: true, upload_url: `${base}/upload/${id}`, file_id: id };
  }

  upload(id: string, bytes: Uint8Array): boolean {
    const file = this.files.find((one) => one.id === id);
    if (!file || file.bytes !== null || bytes.length !== file.length) return false;
    file.bytes = bytes;
    return true;
  }

  /** A file is shared once, after its bytes have come; the share is a message, and takes no metadata. */
  completeUpload(fields: Fields): Answer {
    const channel = fields.get('channel_id') ?? '';
    const fault = this.#channelFault(channel);
    if (fault !== null) return no(fault);
    const wanted = parsed(fields.get('files')) as readonly { readonly id?: unknown }[] | null;
    if (!Array.isArray(wanted) || wanted.length === 0) return no('invalid_arguments');
    const found = wanted.flatMap(({ id }) => this.files.find((file) => file.id === id) ?? []);
    const ready = found.filter(({ bytes, channel: shared }) => bytes !== null && shared === null);
    if (ready.length !== wanted.length) return no('file_not_found');
    const threadTs = fields.get('thread_ts') ?? null;
    const root = threadTs === null ? undefined : this.#find(channel, threadTs);
    if (threadTs !== null && root?.threadTs !== null) return no('invalid_thread_ts');
    for (const file of ready) Object.assign(file, { channel, threadTs } satisfies Partial<FakeFile>);
    this.#share(
      channel,
      threadTs,
      fields.get('initial_comment') ?? '',
      ready.map(({ id }) => id),
    );
    return { ok: true, files: wanted };
  }

  #share(channel: string, threadTs: string | null, text: string, files: readonly string[]): void {
    const nowMs = this.#options.nowMs();
    const common = { channel, threadTs, broadcast: false, blocks: null, metadata: null, edits: 0 };
    const times = { ts: this.#nextTs(nowMs), visibleFromMs: nowMs + this.historyDelayMs, postedMs: nowMs };
    this.messages.push({ ...common, ...times, text, files });
  }

  #nextTs(nowMs: number): string {
    this.#serial += 1;
    return `${Math.floor(nowMs / 1000)}.${String(this.#serial).padStart(6, '0')}`;
  }

  #shown(message: FakeMessage, withMetadata: boolean) {
    const files = message.files.flatMap((id) => this.files.find((file) => file.id === id) ?? []);
    return {
      ...shown(message, withMetadata),
      ...(files.length > 0 && { files: files.map(({ id, name }) => ({ id, name, title: name })) }),
    };
  }

  delete(ts: string): void {
    const index = this.messages.findIndex((message) => message.ts === ts);
    if (index >= 0) this.messages.splice(index, 1);
  }

  #find(channel: string, ts: string): FakeMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts);
  }

  #channelFault(channel: string): string | null {
    if (this.#options.foreignChannels.includes(channel)) return 'not_in_channel';
    return this.#options.channels.includes(channel) ? null : 'channel_not_found';
  }
}

function contentFault(fields: Fields): string | null {
  const text = fields.get('text') ?? '';
  const blocks = fields.get('blocks');
  if (text === '' && blocks === undefined) return 'no_text';
  if (text.length > 40_000) return 'msg_too_long';
  return blocksFault(blocks) ?? metadataFault(fields.get('metadata'));
}

function metadataFault(raw: string | undefined): string | null {
  if (raw === undefined) return null;
  if (raw.length > metadataLimitBytes) return 'metadata_too_large';
  const metadata = parsed(raw) as { event_type?: unknown; event_payload?: unknown } | null;
  const valid = typeof metadata?.event_type === 'string' && typeof metadata.event_payload === 'object';
  return valid ? null : 'invalid_metadata_format';
}

const blocksOf = (fields: Fields): readonly unknown[] | null =>
  parsed(fields.get('blocks')) as readonly unknown[] | null;

function parsed(raw: string | undefined): unknown {
  if (raw === undefined || raw === '') return null;
  try {
    return JSON.parse(raw);
  } catch {
    // The caller answers with its own error code.
    return null;
  }
}

const shown = (message: FakeMessage, withMetadata: boolean) => ({
  type: 'message',
  bot_id: 'B000000001',
  text: message.text,
  ts: message.ts,
  ...(message.threadTs === null ? {} : { thread_ts: message.threadTs }),
  ...(message.blocks === null ? {} : { blocks: message.blocks }),
  ...(withMetadata && message.metadata !== null ? { metadata: message.metadata } : {}),
});
