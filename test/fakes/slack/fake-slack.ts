import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, FakeMessage } from './fake-workspace.ts';
import { FakeWorkspace } from './fake-workspace.ts';
import { FakeSocketMode } from './socket-mode.ts';

export interface FakeSlackOptions {
  readonly token?: string;
  readonly channels?: readonly string[];
  readonly foreignChannels?: readonly string[];
  /** Messages a second and channel before 429, with bursts of this many; 0: no limit. */
  readonly burst?: number;
  readonly nowMs?: () => number;
}

export interface FakeRequest {
  readonly method: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly atMs: number;
  readonly answered: string;
}

/** What the next requests of a method meet. `*-after-accept`: the message is there, the caller does not learn of it. */
export type Trouble =
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'status-after-accept'; readonly status: number }
  | { readonly kind: 'hang-after-accept' }
  | { readonly kind: 'reset-after-accept' }
  | { readonly kind: 'garbage' };

const handlersOf = (workspace: FakeWorkspace, base: () => string) =>
  new Map<string, (fields: ReadonlyMap<string, string>) => Answer>([
    ['chat.postMessage', (fields) => workspace.post(fields)],
    ['chat.update', (fields) => workspace.update(fields)],
    ['conversations.history', (fields) => workspace.history(fields, false)],
    ['conversations.replies', (fields) => workspace.history(fields, true)],
    ['files.getUploadURLExternal', (fields) => workspace.uploadUrl(fields, base())],
    ['files.completeUploadExternal', (fields) => workspace.completeUpload(fields)],
    ['chat.postEphemeral', (fields) => workspace.postEphemeral(fields)],
    ['auth.test', () => ({ ok: true, team: 'fake', user: 'saccade' })],
  ]);

const bodyLimitBytes = 8 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The fields of a request however it is encoded; null: a content type that Slack does not take. */
function readFields(contentType: string, body: Buffer): Map<string, string> | null {
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return new Map(new URLSearchParams(body.toString('utf8')));
  if (!contentType.startsWith('application/json')) return null;
  const fields = JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>;
  return new Map(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/**
 * A Slack for tests, as strict as the real one: tokens, content types, limits with their error codes, about one
 * message a second and channel, no deduplication.
 */
export class FakeSlack {
  readonly token: string;
  readonly workspace: FakeWorkspace;
  readonly socketMode = new FakeSocketMode();
  readonly requests: FakeRequest[] = [];
  /** Tokens that are taken; change it to revoke one. */
  readonly tokens: Set<string>;
  /** What the app was granted; take one out to have its methods refused. */
  readonly scopes = new Set(['chat:write', 'files:write', 'files:read', 'channels:history']);
  readonly #nowMs: () => number;
  #burst: number;
  #port = 0;
  readonly #posted = new Map<string, number[]>();
  readonly #troubles = new Map<string, Trouble[]>();
  readonly #handlers: ReturnType<typeof handlersOf>;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  constructor(options: FakeSlackOptions = {}) {
    this.token = options.token ?? 'xoxb-fake-0123456789';
    this.tokens = new Set([this.token]);
    this.#nowMs = options.nowMs ?? Date.now;
    this.#burst = options.burst ?? 0;
    const channels = options.channels ?? ['C0000000001'];
    const foreignChannels = options.foreignChannels ?? [];
    this.workspace = new FakeWorkspace({ channels, foreignChannels, nowMs: this.#nowMs });
    this.#handlers = handlersOf(this.workspace, () => this.origin);
    this.socketMode.attach(this.#server);
  }

  /** Stays known after the stop. */
  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  /** Base for `api_url`. */
  get url(): string {
    return `${this.origin}/api/`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.socketMode.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Messages outside threads, oldest first. */
  messages(channel?: string): readonly FakeMessage[] {
    return this.workspace.messages.filter(
      (message) => message.threadTs === null && (channel === undefined || message.channel === channel),
    );
  }
  thread(ts: string): readonly FakeMessage[] {
    return this.workspace.messages.filter((message) => message.threadTs === ts);
  }

  /** Messages that may come at once before 429; 0: no limit. */
  setRateLimit(burst: number): void {
    this.#burst = burst;
  }
  /** The next requests of a method meet these, one each. */
  trouble(method: string, ...troubles: readonly Trouble[]): void {
    this.#troubles.set(method, [...(this.#troubles.get(method) ?? []), ...troubles]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    const body = await readBody(request);
    if (pathname.startsWith('/upload/')) {
      const taken = this.workspace.upload(pathname.slice('/upload/'.length), new Uint8Array(body));
      response.writeHead(taken ? 200 : 400).end(taken ? 'OK' : 'bad upload');
      return;
    }
    const method = pathname.replace(/^\/api\//u, '');
    const fields = readFields(request.headers['content-type'] ?? '', body);
    this.#answer(
      { method, fields, token: /^Bearer (.+)$/u.exec(request.headers.authorization ?? '')?.[1] },
      response,
    );
  }

  #answer(
    call: { method: string; fields: Map<string, string> | null; token: string | undefined },
    response: ServerResponse,
  ): void {
    const trouble = this.#troubles.get(call.method)?.shift();
    const note = (answered: string) =>
      this.requests.push({
        method: call.method,
        fields: call.fields ?? new Map(),
        atMs: this.#nowMs(),
        answered,
      });
    if (trouble?.kind === 'status' || trouble?.kind === 'garbage') {
      note(trouble.kind);
      const status = trouble.kind === 'status' ? trouble.status : 200;
      const retry = trouble.kind === 'status' ? trouble.retryAfterS : undefined;
      response
        .writeHead(status, retry === undefined ? {} : { 'retry-after': String(retry) })
        .end('<html>not Slack</html>');
      return;
    }
    const limited = this.#limit(call.method, call.fields?.get('channel') ?? '');
    if (limited > 0) {
      note('ratelimited');
      response.writeHead(429, { 'retry-after': String(limited), 'content-type': 'application/json' });
      response.end(JSON.stringify({ ok: false, error: 'ratelimited' }));
      return;
    }
    const answer = trouble?.kind === 'error' ? { ok: false, error: trouble.code } : this.#handle(call);
    note(answer.ok ? 'ok' : String((answer as { error?: unknown }).error));
    if (trouble?.kind === 'hang-after-accept') return;
    if (trouble?.kind === 'reset-after-accept') return void response.destroy();
    const status = trouble?.kind === 'status-after-accept' ? trouble.status : 200;
    response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(answer));
  }

  #handle(call: { method: string; fields: Map<string, string> | null; token: string | undefined }): Answer {
    // Of all methods the only one for the app-level token.
    if (call.method === 'apps.connections.open') return this.socketMode.open(this.origin, call.token);
    const handle = this.#handlers.get(call.method);
    if (!handle) return { ok: false, error: 'unknown_method' };
    if (call.fields === null) return { ok: false, error: 'invalid_post_type' };
    const needed = call.method.startsWith('files.') ? 'files:write' : 'chat:write';
    const provided = [...this.scopes].join(',');
    const token = call.token ?? call.fields.get('token');
    if (token === undefined) return { ok: false, error: 'not_authed' };
    if (!this.tokens.has(token)) return { ok: false, error: 'invalid_auth' };
    if (!this.scopes.has(needed)) return { ok: false, error: 'missing_scope', needed, provided };
    return handle(call.fields);
  }

  /** Seconds to wait, 0: go on. */
  #limit(method: string, channel: string): number {
    if (method !== 'chat.postMessage' || this.#burst === 0) return 0;
    const nowMs = this.#nowMs();
    const recent = (this.#posted.get(channel) ?? []).filter((ms) => ms > nowMs - this.#burst * 1_000);
    const limited = recent.length >= this.#burst;
    this.#posted.set(channel, limited ? recent : [...recent, nowMs]);
    return limited ? Math.max(1, Math.ceil(((recent[0] ?? nowMs) + this.#burst * 1_000 - nowMs) / 1_000)) : 0;
  }
}

/** Starts on a free port of the loopback. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const slack = new FakeSlack(options);
  await slack.start();
  return slack;
}
