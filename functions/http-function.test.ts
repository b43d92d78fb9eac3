import { CloudEvent as SdkEvent, HTTP } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { createTransition, transitionEvent } from '../notifiers/testing/events.ts';
import { Secret } from '../source-text/secret.ts';
import { alertAnnotatedType } from '../stream/events/function.ts';
import { createHttpFunction } from './http-function.ts';
import { startFunctionServer } from './testing/function-server.ts';

const event = transitionEvent(createTransition());
const { signal } = new AbortController();
const annotated = { fingerprint: 'f', episode: 1, annotations: { owner: 'shop' }, by: 'owner' };
const reply = new SdkEvent({ id: '1', source: '/owner', type: alertAnnotatedType, data: annotated });

describe('a function behind HTTP', () => {
  it.each(['binary', 'structured'] as const)(
    'is given what the official SDK reads as the same event (%s)',
    async (mode) => {
      await using server = await startFunctionServer((response) => response.writeHead(204).end());
      const call = createHttpFunction({ url: server.url, mode, token: undefined });
      expect(await call(event, signal)).toEqual([]);
      const [request] = server.requests;
      const { headers, body } = request ?? { headers: {}, body: '' };
      const read = HTTP.toEvent<unknown>({ headers, body }) as SdkEvent<unknown>;
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(event)));
      expect(headers['idempotency-key']).toBe(event.id);
      expect(headers['content-type']).toContain(
        mode === 'binary' ? 'application/json' : 'application/cloudevents+json',
      );
    },
  );

  it.each(['binary', 'structured'] as const)('returns the event that it answers with (%s)', async (mode) => {
    await using server = await startFunctionServer((response) => {
      const { headers, body } = HTTP[mode](reply);
      response.writeHead(200, headers as Record<string, string>).end(body);
    });
    const call = createHttpFunction({ url: server.url, mode: 'binary', token: undefined });
    expect(await call(event, signal)).toEqual([{ type: alertAnnotatedType, data: annotated }]);
  });

  it('returns all events of a batch', async () => {
    await using server = await startFunctionServer((response) => {
      response
        .writeHead(200, { 'content-type': 'application/cloudevents-batch+json' })
        .end(JSON.stringify([reply, reply]));
    });
    const call = createHttpFunction({ url: server.url, mode: 'structured', token: undefined });
    expect(await call(event, signal)).toHaveLength(2);
  });

  it.each([
    [400, undefined, false, undefined],
    [302, undefined, false, undefined],
    [429, '7', true, 7_000],
    [503, undefined, true, undefined],
    [503, '99999', true, 300_000],
  ])(
    'says of status %i (Retry-After %s) whether to try again',
    async (status, after, retryable, retryAfterMs) => {
      await using server = await startFunctionServer((response) => {
        const location = { location: 'http://127.0.0.1:1/' };
        response
          .writeHead(status, { ...location, ...(after !== undefined && { 'retry-after': after }) })
          .end('secret');
      });
      const call = createHttpFunction({ url: server.url, mode: 'binary', token: undefined });
      await expect(call(event, signal)).rejects.toMatchObject({ code: 'status', retryable, retryAfterMs });
    },
  );

  it('refuses for good what is no CloudEvent or too much, for the function has done its work', async () => {
    await using garbage = await startFunctionServer((response) => response.end('hello'));
    await using flood = await startFunctionServer((response) => response.end('x'.repeat(2_000_000)));
    for (const { url } of [garbage, flood]) {
      const call = createHttpFunction({ url, mode: 'binary', token: undefined });
      await expect(call(event, signal)).rejects.toMatchObject({ code: 'answer', retryable: false });
    }
  });

  it('is tried again when nobody answers, and when its token cannot be read', async () => {
    const nobody = createHttpFunction({ url: 'http://127.0.0.1:1/', mode: 'binary', token: undefined });
    await expect(nobody(event, signal)).rejects.toMatchObject({ code: 'unreachable', retryable: true });
    const token = new Secret({ file: '/nonexistent/token' }, {});
    const locked = createHttpFunction({ url: 'http://127.0.0.1:1/', mode: 'binary', token });
    await expect(locked(event, signal)).rejects.toMatchObject({ code: 'secret', retryable: true });
  });

  it('shows its token to the function only', async () => {
    await using server = await startFunctionServer((response) => response.writeHead(403).end());
    const token = new Secret({ env: 'TOKEN' }, { TOKEN: 'hush-hush' });
    const call = createHttpFunction({ url: server.url, mode: 'binary', token });
    const error: unknown = await call(event, signal).catch((thrown: unknown) => thrown);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer hush-hush');
    expect(String(error)).not.toContain('hush-hush');
  });
});
