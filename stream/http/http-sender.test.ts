import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../cloud-event.ts';
import type { StreamRecord } from '../port.ts';
import { silentLogger, type StreamLogger } from '../stream-logger.ts';
import { createHttpSender } from './http-sender.ts';
import { createServerClient } from './server-client.ts';
import { createServerReach } from './server-reach.ts';
import { createBatchEvent } from './testing/agent-events.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that answers as `answer` says and keeps what it was sent, as lists of ids. */
async function listen(answer: (ids: readonly string[]) => Answer) {
  const posts: (readonly string[])[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const events = JSON.parse(zstdDecompressSync(body).toString()) as readonly CloudEvent[];
      const ids = events.map(({ id }) => id);
      posts.push(ids);
      const { status, headers } = answer(ids);
      response.writeHead(status, headers).end('{"error":"no"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, posts, [Symbol.dispose]: () => server.closeAllConnections() ?? server.close() };
}

function senderTo(url: string, logger: StreamLogger = silentLogger) {
  const reach = createServerReach({ url, logger: silentLogger, registry: new Registry() });
  const client = createServerClient({
    url,
    node: 'n1',
    instance: 'i1',
    version: '0',
    token: undefined,
    tls: async () => ({}),
  });
  return { reach, ...createHttpSender({ client, reach, logger, random: () => 0, maxRetryMs: 50 }) };
}

const records = (count: number): readonly StreamRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    topic: 'signals',
    partition: 0,
    offset: n,
    appendedAtMs: 0,
    event: createBatchEvent('n1', n),
  }));
const { signal } = new AbortController();
const id = (n: number): string => `n1/boot/${n}`;

describe('createHttpSender', () => {
  it('halves what is too large, in order, and gives up only a single event that is', async () => {
    const lost: unknown[] = [];
    const tooLarge = (ids: readonly string[]): boolean => ids.length > 2 || ids.includes(id(3));
    using server = await listen((ids) => ({ status: tooLarge(ids) ? 413 : 200 }));
    const logger = { ...silentLogger, error: (fields: object) => void lost.push(fields) };
    await senderTo(server.url, logger).send(records(6), signal);
    const taken = server.posts.filter((ids) => !tooLarge(ids)).flat();
    expect(taken).toEqual([0, 1, 2, 4, 5].map(id));
    expect(lost).toEqual([expect.objectContaining({ id: id(3) })]);
  });

  it.each([401, 403, 409, 429, 500, 503, 400])('sends again what is answered with %d', async (status) => {
    let refusals = 0;
    using server = await listen(() =>
      refusals++ < 2 ? { status, headers: { 'retry-after': '0' } } : { status: 200 },
    );
    const sender = senderTo(server.url);
    await sender.send(records(2), signal);
    expect(server.posts).toEqual([1, 2, 3].map(() => [id(0), id(1)]));
    expect(sender.reach.troubles()).toEqual([]);
  });

  it('says what is wrong while it waits, and ends when it is told to', async () => {
    using server = await listen(() => ({ status: 401 }));
    const stopping = new AbortController();
    const sender = senderTo(server.url);
    const sent = sender.send(records(1), stopping.signal);
    await expect.poll(() => sender.reach.troubles()).toEqual(['events: 401 no']);
    stopping.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  });
});
