import type { FaultCounters } from './faults.ts';
import type { Host } from './host.ts';
import type { LabProcess } from './lab-process.ts';
import { programPath } from './program-path.ts';

/** Long: a small machine may have more to do than this. */
const startWithinMs = 30_000;

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
  /** Gives a connection up after so long without an answer, and opens another. */
  readonly patienceMs?: number;
  readonly family?: 4 | 6;
  readonly seconds?: number;
}

/** Resolves once the server listens. */
export async function startServer(host: Host, options: ServerOptions = {}): Promise<LabProcess> {
  const server = host.spawnProgram(programPath(import.meta.url, './request-server'), flags({ ...options }));
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
  return host.spawnProgram(programPath(import.meta.url, './request-client'), flags({ ...options }));
}

export interface DnsOptions {
  readonly listen?: string;
  /** What every name has beside its records after a SIGUSR1; default: `servfail`. */
  readonly sick?: string;
}

/** Resolves once the name server listens; `zone` gives the records of each name, see `createZone`. */
export async function startDns(
  host: Host,
  zone: Readonly<Record<string, readonly string[]>>,
  seconds = 120,
  { listen = host.address4, sick }: DnsOptions = {},
): Promise<LabProcess> {
  const records = Object.entries(zone).flatMap(([name, values]) => values.map((value) => `${name}=${value}`));
  const server = host.spawnProgram(programPath(import.meta.url, './dns-server'), [
    ...flags({ listen, seconds, sick }),
    ...records,
  ]);
  await server.waitForLine((line) => line.includes('"listening"'), startWithinMs);
  return server;
}

/** Looks a name up all over again, as programs do that keep no connection. */
export function startLookups(
  host: Host,
  name: string,
  options: { readonly rate: number; readonly seconds: number },
): LabProcess {
  const { rate, seconds } = options;
  const count = Math.ceil(rate * seconds);
  return host.spawnProgram(programPath(import.meta.url, './dns-client'), [
    ...flags({ how: 'c-ares', rate, seconds, count }),
    name,
  ]);
}

export interface InjectorOptions {
  readonly receiver: Host;
  readonly from?: Host;
  /** 100 is a total outage. */
  readonly percent: number;
  readonly seconds: number;
}

/**
 * Resolves once the fault is in force, with its beginning. The injector runs outside of the lab's hosts, as its own
 * process; `healed` ends it and tells what it dropped.
 */
export async function startInjector(
  options: InjectorOptions,
): Promise<{ readonly begunAtMs: number; heal(): Promise<FaultCounters> }> {
  const { receiver, from, percent, seconds } = options;
  const scope = from === undefined ? {} : { from: `${from.address4},${from.address6}` };
  const program = programPath(import.meta.url, './inject');
  const args = flags({ namespace: receiver.namespace, loss: percent, seconds, ...scope });
  const injector = receiver.spawnBeside(process.execPath, [program, ...args]);
  const begun = await injector.waitForJson('fault', 'begun', startWithinMs);
  const heal = async (): Promise<FaultCounters> => {
    if (injector.running) injector.terminate();
    const ended = await injector.waitForJson('fault', 'ended', startWithinMs);
    return { matched: Number(ended['matched']), dropped: Number(ended['dropped']) };
  };
  return { begunAtMs: Number(begun['at_ms']), heal };
}

/** `{requestBytes: 200}` → `--request-bytes 200`. */
function flags(options: Readonly<Record<string, string | number | undefined>>): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`--${name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, String(value)],
  );
}
