import type { Host } from './host.ts';
import type { LabProcess } from './lab-process.ts';

const startWithinMs = 10_000;

export interface ServerOptions {
  /** `::` (default) takes IPv4 too, as `::ffff:a.b.c.d`. */
  readonly listen?: string;
  readonly port?: number;
  readonly seconds?: number;
}

export interface ClientOptions {
  /** A name or an address. */
  readonly target: string;
  readonly port?: number;
  readonly connections?: number;
  /** Requests a second on each connection. */
  readonly rate?: number;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  /** Opens a new connection after so many requests. */
  readonly requestsPerConnection?: number;
  readonly family?: 4 | 6;
  readonly seconds?: number;
}

/** Resolves once the server listens. */
export async function startServer(host: Host, options: ServerOptions = {}): Promise<LabProcess> {
  const server = host.spawnProgram(new URL('./request-server.ts', import.meta.url), flags({ ...options }));
  await server.waitForLine((line) => line.includes('"listening"'), startWithinMs);
  return server;
}

/** Resolves once the first connection is established. */
export async function startClient(host: Host, options: ClientOptions): Promise<LabProcess> {
  const client = launchClient(host, options);
  await client.waitForLine((line) => line.includes('"connected"'), startWithinMs);
  return client;
}

/** Does not wait for a connection: for a target that nobody answers at. */
export function launchClient(host: Host, options: ClientOptions): LabProcess {
  return host.spawnProgram(new URL('./request-client.ts', import.meta.url), flags({ ...options }));
}

/** Resolves once the name server listens; `zone` gives the addresses of each name. */
export async function startDns(
  host: Host,
  zone: Readonly<Record<string, readonly string[]>>,
  seconds = 120,
): Promise<LabProcess> {
  const records = Object.entries(zone).flatMap(([name, addresses]) => addresses.map((ip) => `${name}=${ip}`));
  const server = host.spawnProgram(new URL('./dns-server.ts', import.meta.url), [
    ...flags({ listen: host.address4, seconds }),
    ...records,
  ]);
  await server.waitForLine((line) => line.includes('"listening"'), startWithinMs);
  return server;
}

/** `{requestBytes: 200}` → `--request-bytes 200`. */
function flags(options: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, String(value)],
  );
}
