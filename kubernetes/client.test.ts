import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesClient, WatchEvent } from './api.ts';
import { createKubernetesClient } from './client.ts';

let server: Server | undefined;
let client: KubernetesClient | undefined;
afterEach(() => {
  client?.close();
  server?.closeAllConnections();
  server?.close();
});

async function answering(listener: RequestListener): Promise<KubernetesClient> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = createKubernetesClient({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestOptions: async () => ({ headers: { authorization: 'Bearer t' } }),
    close: () => undefined,
  });
  return client;
}

const pod = (resourceVersion: string): object => ({
  metadata: { name: 'a', namespace: 'shop', uid: 'u1', resourceVersion },
  spec: { nodeName: 'n1' },
});

async function collect(events: AsyncIterable<WatchEvent>): Promise<WatchEvent[]> {
  const all: WatchEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe('the Kubernetes client', () => {
  it('lists a page, and says where the next one is', async () => {
    const seen: IncomingMessage[] = [];
    const api = await answering((request, response) => {
      seen.push(request);
      response.end(JSON.stringify({ metadata: { resourceVersion: '7', continue: 'c1' }, items: [pod('5')] }));
    });
    const page = await api.list('/api/v1/pods', { query: { limit: 1 }, form: 'metadata' });
    expect(page).toMatchObject({ resourceVersion: '7', next: 'c1', items: [{ metadata: { name: 'a' } }] });
    expect(seen[0]?.url).toBe('/api/v1/pods?limit=1');
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    });
  });

  it('takes the null of an empty list for one', async () => {
    const api = await answering((_, response) => {
      response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: null }));
    });
    expect(await api.list('/api/v1/pods')).toEqual({ items: [], resourceVersion: '7', next: undefined });
  });

  it('reads a watch line by line, however the lines are cut', async () => {
    const api = await answering((_, response) => {
      const lines = [
        { type: 'ADDED', object: pod('8') },
        { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
        { type: 'DELETED', object: pod('10') },
      ].map((line) => `${JSON.stringify(line)}\n`);
      const text = lines.join('');
      response.write(text.slice(0, 50));
      response.end(text.slice(50));
    });
    const events = await collect(api.watch('/api/v1/pods'));
    expect(events.map(({ type }) => type)).toEqual(['added', 'bookmark', 'deleted']);
    expect(events[1]).toEqual({ type: 'bookmark', resourceVersion: '9' });
  });

  it('throws what the API server says in a watch, with its status', async () => {
    const api = await answering((_, response) => {
      const object = { kind: 'Status', code: 410, message: 'too old resource version: 1 (9)' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    });
    await expect(collect(api.watch('/api/v1/pods'))).rejects.toMatchObject({ code: 'expired', status: 410 });
  });

  it('names the missing right and what grants it', async () => {
    const api = await answering((_, response) => {
      response.statusCode = 403;
      response.end(JSON.stringify({ kind: 'Status', code: 403, message: 'pods is forbidden' }));
    });
    await expect(api.list('/api/v1/pods')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/pods is forbidden.*Grant it/u) as string,
    });
  });

  it('ends a watch that is given up', async () => {
    const api = await answering((_, response) => {
      response.write(`${JSON.stringify({ type: 'ADDED', object: pod('8') })}\n`);
    });
    const stop = new AbortController();
    const events = api.watch('/api/v1/pods', { signal: stop.signal })[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('says so when nobody answers', async () => {
    const api = await answering((request) => request.socket.destroy());
    await expect(api.list('/api/v1/pods')).rejects.toMatchObject({ code: 'unreachable', status: undefined });
  });

  it('asks for a change as a merge patch', async () => {
    let type: string | undefined;
    const api = await answering((request, response) => {
      type = request.headers['content-type'];
      request.pipe(response);
    });
    expect(await api.send('PATCH', '/x/status', { status: { state: 'ok' } })).toEqual({
      status: { state: 'ok' },
    });
    expect(type).toBe('application/merge-patch+json');
  });
});
