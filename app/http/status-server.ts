import { once } from 'node:events';
import { createServer } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Component } from '../lifecycle.ts';
import { StartError } from '../start-error.ts';

/** One part's word on itself; `reason` is for a person. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string;
}

export interface StatusServerOptions {
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string;
  readonly registry: Registry;
  /** Is the process sound: no stage stands still, nothing failed for good. */
  health(): readonly HealthCheck[];
  /** Is it able to do its job now: signals attached, receivers ready. */
  readiness(): readonly HealthCheck[];
}

export interface StatusServer extends Component {
  /** Known after `start`. */
  url(): string;
}

/**
 * `GET /metrics` (Prometheus text), `/healthz`, `/readyz` (200 or 503, one line a check). Nothing here changes
 * anything or tells what was measured of whom beyond metrics; commands go through the control socket.
 */
export function createStatusServer(options: StatusServerOptions): StatusServer {
  let server: FastifyInstance | undefined;
  const { host, port } = parseListen(options.listen);

  async function start(): Promise<void> {
    server = Fastify({ logger: false, forceCloseConnections: true });
    server.get('/metrics', async (_request, reply) =>
      reply.type(options.registry.contentType).send(await options.registry.metrics()),
    );
    server.get('/healthz', async (_request, reply) => sendChecks(reply, options.health()));
    server.get('/readyz', async (_request, reply) =>
      sendChecks(reply, [...options.health(), ...options.readiness()]),
    );
    const app = server;
    await explained(host, port, () => app.listen({ host, port }));
  }

  function url(): string {
    const address = server?.server.address();
    if (address === null || address === undefined || typeof address === 'string')
      return `http://${options.listen}`;
    return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  return { name: 'status server', start, stop: async () => server?.close(), url };
}

interface Reply {
  code(status: number): Reply;
  type(contentType: string): Reply;
  send(body: string): unknown;
}

function sendChecks(reply: Reply, checks: readonly HealthCheck[]): unknown {
  const ok = checks.every((check) => check.ok);
  const lines = checks.map((check) => `[${check.ok ? '+' : '-'}] ${check.name}: ${check.reason}`);
  return reply
    .code(ok ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send([...lines, ok ? 'ok' : 'failed', ''].join('\n'));
}

/** Throws the `StartError` that a start would end with; holds the address for a moment only. */
export async function assertListenable(listen: string): Promise<void> {
  await using server = createServer();
  const { host, port } = parseListen(listen);
  await explained(host, port, async () => {
    server.listen({ host, port });
    await once(server, 'listening');
  });
}

async function explained(host: string, port: number, listen: () => Promise<unknown>): Promise<void> {
  try {
    await listen();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isTaken(error))
      throw new StartError(
        `${host}:${port} is taken by another process`,
        'Is another Saccade running? Else choose another address: --listen 127.0.0.1:0, or "listen" in the configuration.',
        { cause: error },
      );
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
      throw new StartError(
        `cannot listen on ${host}:${port}: ${(error as Error).message}`,
        'Choose an address of this machine and a port above 1023: --listen, or "listen" in the configuration.',
        { cause: error },
      );
    throw error;
  }
}

/** Another process listens on that address. */
export function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

/** `127.0.0.1:9977`, `[::1]:9977`, `:9977` (all addresses). Throws on anything else. */
export function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new StartError(
      `"${listen}" is not an address to listen on`,
      'Write host:port, for example 127.0.0.1:9977.',
      {
        exitCode: 2,
      },
    );
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '::' : host, port };
}
