import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { createParser } from 'eventsource-parser';

interface Recorded {
  readonly events: RecordedRequest & {
    readonly body: readonly [RecordedEvent, RecordedEvent, RecordedEvent];
  };
  readonly commands: RecordedRequest;
  readonly capture: RecordedRequest;
}

interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface RecordedEvent {
  readonly data: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

interface RecordedRow {
  readonly fields: Readonly<Record<string, number>>;
  readonly evidence?: unknown;
}

/** What agents of 0.1 sent, kept with the server's own tests of the contract. */
const recording = new URL('../../../stream/http/testdata/agent-0.1.json', import.meta.url);
const recordedNode = /\bn1\b/gu;

/** An agent of 0.1, as its requests were recorded, with the times of now and the name of its node. */
export interface EarlierAgent extends AsyncDisposable {
  /** From now on its workload loses packets, or does not. */
  setLoss(isLosing: boolean): void;
  /** Ids of the captures that it was asked for and has brought. */
  readonly brought: readonly string[];
  /** What the server did not take. */
  readonly refused: readonly string[];
}

const windowMs = 1_000;
const retryMs = 1_000;
/** Too much at once, or not now. */
const laterStatuses: readonly number[] = [429, 503];

export interface EarlierAgentOptions {
  readonly url: string;
  readonly token: string;
  readonly node: string;
}

export function startEarlierAgent({ url, token, node }: EarlierAgentOptions): EarlierAgent {
  const recorded = JSON.parse(readFileSync(recording, 'utf8').replaceAll(recordedNode, node)) as Recorded;
  const ending = new AbortController();
  const brought: string[] = [];
  const refused: string[] = [];
  const boot = `boot-${Date.now()}`;
  let isLosing = false;
  let sequence = 0;

  /** As any agent: who is told to wait does, and asks again. */
  async function request(
    { method, path, headers }: RecordedRequest,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    for (;;) {
      const answer = await fetch(new URL(path, url), {
        method,
        headers: { ...headers, authorization: `Bearer ${token}` },
        signal: ending.signal,
        ...(body && { body }),
      });
      if (!laterStatuses.includes(answer.status)) {
        if (!answer.ok) refused.push(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return answer;
      }
      await sleep(retryMs, undefined, { signal: ending.signal });
    }
  }

  async function send(events: readonly unknown[]): Promise<void> {
    const answer = await request(recorded.events, new Uint8Array(zstdCompressSync(JSON.stringify(events))));
    if (!answer.ok) return;
    const { refused: members } = (await answer.json()) as { readonly refused: number };
    if (members > 0) refused.push(`${members} of ${JSON.stringify(events)}`);
  }

  /** The file, as empty as the recorded one, and then that it is there. */
  async function bring(asked: { readonly id: string; readonly selector: unknown; readonly alert: unknown }) {
    const { id, selector, alert } = asked;
    await request({ ...recorded.capture, path: `/v1/captures/${id}` }, new Uint8Array());
    const event = recorded.events.body[2];
    const data = { ...event.data, id, selector, alert };
    await send([{ ...event, id: `${id}/complete`, partitionkey: id, time: new Date().toISOString(), data }]);
    brought.push(id);
  }

  async function obey(): Promise<void> {
    const { body } = await request(recorded.commands);
    const parser = createParser({
      onEvent: ({ data }) => {
        if (data === '') return;
        const { data: asked } = JSON.parse(data) as { readonly data?: Parameters<typeof bring>[0] };
        if (asked !== undefined) void bring(asked).catch(note);
      },
    });
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) parser.feed(chunk);
  }

  /** A connection that breaks is no refusal: the next window follows in a second. */
  const note = (error: unknown): void => {
    if (!ending.signal.aborted) process.stderr.write(`an agent of 0.1: ${String(error)}\n`);
  };
  const timer = setInterval(() => {
    sequence += 1;
    void send([windowOf(recorded.events.body[0], `${node}/${boot}/${sequence}`, isLosing)]).catch(note);
  }, windowMs);
  const obeying = obey().catch(note);

  return {
    brought,
    refused,
    setLoss: (losing) => void (isLosing = losing),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      ending.abort();
      await obeying;
    },
  };
}

/** The recorded window, of this moment; without loss, nothing of it is counted. */
function windowOf(event: RecordedEvent, id: string, isLosing: boolean): object {
  const start = new Date(Math.floor(Date.now() / windowMs) * windowMs - windowMs).toISOString();
  const [row] = event.data['rows'] as readonly [RecordedRow];
  const { evidence: _evidence, ...quiet } = row;
  const rows = [isLosing ? row : { ...quiet, fields: withoutTrouble(row.fields) }];
  const window = { start, ms: windowMs, elapsed_ms: windowMs };
  return { ...event, id, time: start, data: { ...event.data, window, candidate: isLosing, rows } };
}

function withoutTrouble(fields: RecordedRow['fields']): RecordedRow['fields'] {
  const sent = 'data_segments';
  return Object.fromEntries(
    Object.keys(fields).map((name) => [name, name === sent ? (fields[name] ?? 0) : 0]),
  );
}
