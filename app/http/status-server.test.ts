import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createStatusServer, type HealthCheck, parseListen } from './status-server.ts';

async function serve(checks: { health: HealthCheck[]; readiness: HealthCheck[] }, listen = '127.0.0.1:0') {
  const server = createStatusServer({
    listen,
    registry: new Registry(),
    health: () => checks.health,
    readiness: () => checks.readiness,
  });
  await server.start();
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}

describe('createStatusServer', () => {
  it('fails health and readiness when a stage stands still, with the reason', async () => {
    const checks = { health: [{ name: 'judge', ok: true, reason: 'lag 0' }], readiness: [] as HealthCheck[] };
    await using server = await serve(checks);
    expect((await fetch(`${server.url()}/healthz`)).status).toBe(200);
    checks.health = [{ name: 'judge', ok: false, reason: 'lag 12, no progress for 30 s' }];
    const response = await fetch(`${server.url()}/healthz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('[-] judge: lag 12, no progress for 30 s');
    expect((await fetch(`${server.url()}/readyz`)).status).toBe(503);
  });

  it('fails only readiness when a receiver is refused', async () => {
    await using server = await serve({
      health: [],
      readiness: [{ name: 'receiver slack', ok: false, reason: 'invalid_auth' }],
    });
    expect((await fetch(`${server.url()}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url()}/readyz`)).status).toBe(503);
  });

  it('says which address is taken and what to do', async () => {
    await using first = await serve({ health: [], readiness: [] });
    const taken = new URL(first.url()).host;
    await expect(serve({ health: [], readiness: [] }, taken)).rejects.toThrow(
      `${taken} is taken by another process`,
    );
  });
});

describe('parseListen', () => {
  it.each([
    ['127.0.0.1:9977', { host: '127.0.0.1', port: 9977 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    [':80', { host: '::', port: 80 }],
  ])('%s', (listen, expected) => {
    expect(parseListen(listen)).toEqual(expected);
  });

  it.each(['9977', 'localhost', '127.0.0.1:99999', '::1:80'])('refuses %s', (listen) => {
    expect(() => parseListen(listen)).toThrow('is not an address to listen on');
  });
});
