import type { Host } from '../lab/host.ts';
import type { LabProcess } from '../lab/lab-process.ts';
import { programPath } from '../lab/program-path.ts';
import { startDns } from '../lab/traffic.ts';
import type { Scene } from '../timeline/scene.ts';
import { seconds, writeResolverFile } from './dns-hosts.ts';

/** Long: a small machine may have more to do than this. */
const startWithinMs = 30_000;

/** A piece of the Internet, /27: 24 addresses that are of nobody on this machine. */
export interface Block {
  readonly prefix: string;
  readonly ips: readonly string[];
}

/** `place` 0 to 3: scenes that play at once take different ones. */
export function blockOf(place: number): Block {
  const first = 128 + 32 * place;
  return {
    prefix: `198.51.100.${first}/27`,
    ips: Array.from({ length: 24 }, (_, n) => `198.51.100.${first + n + 1}`),
  };
}

/** The host answers at all addresses of `prefix` and owns none of them. */
export async function putOnInternet({ lab }: Scene, host: string, prefix: string): Promise<void> {
  await lab.host(host).runInNetwork('ip', ['route', 'add', 'local', prefix, 'dev', 'lo']);
  await lab.router.runInNetwork('ip', ['route', 'add', prefix, 'dev', `to-${host}`]);
}

/** The host `resolver` serves `zone`, and the C library of `client` goes by it. */
export async function resolveNames(
  scene: Scene,
  client: string,
  zone: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  await startDns(scene.host('resolver'), zone, seconds);
  const { address4 } = scene.host('resolver');
  await writeResolverFile(scene, client, [`nameserver ${address4}`, 'options timeout:1 attempts:2']);
}

export interface HttpApiOptions {
  readonly sickMs?: number;
  readonly sickStatus?: number;
}

/** On port 443, without TLS; SIGUSR1 makes it sick. */
export async function startHttpApi(
  host: Host,
  { sickMs = 900, sickStatus = 200 }: HttpApiOptions = {},
): Promise<LabProcess> {
  const flags = [
    '--sick-ms',
    String(sickMs),
    '--sick-status',
    String(sickStatus),
    '--seconds',
    String(seconds),
  ];
  const api = host.spawnProgram(programPath(import.meta.url, './http-api'), flags);
  await api.waitForLine((line) => line.includes('"listening"'), startWithinMs);
  return api;
}

export interface UseOptions {
  readonly rate?: number;
  readonly polls?: number;
  /** When polls begin, seconds from now. */
  readonly pollsAfterS?: number;
  readonly streams?: number;
  readonly uses?: number;
  /** Polls and streams on connections that carry ordinary requests too. */
  readonly onePool?: boolean;
}

/** The host `client` uses the API at `name`. */
export function useHttpApi(
  scene: Scene,
  client: string,
  name: string,
  { rate = 0, polls = 0, pollsAfterS = 0, streams = 0, uses = 100, onePool = false }: UseOptions,
): LabProcess {
  const options = {
    url: `http://${name}:443`,
    rate,
    polls,
    'polls-after': pollsAfterS,
    streams,
    uses,
    seconds,
  };
  const flags = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const program = programPath(import.meta.url, './http-api-client');
  return scene.host(client).spawnProgram(program, [...flags, ...(onePool ? ['--one-pool'] : [])]);
}
