import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabProcess } from '../lab/lab-process.ts';
import { programPath } from '../lab/program-path.ts';
import { startDns } from '../lab/traffic.ts';
import type { Scene } from '../timeline/scene.ts';

/** Longer than any scene. */
export const seconds = 240;

const startWithinMs = 20_000;

export interface LookupOptions {
  /** Whom to ask; default: the host `resolver`. */
  readonly server?: string;
  /** `getaddrinfo` goes by the host's /etc/resolv.conf, search path included, and asks for both families. */
  readonly how?: 'c-ares' | 'getaddrinfo';
}

/** The host `client` looks `names` up by turns, so many a second. */
export function lookUp(
  scene: Scene,
  client: string,
  names: readonly string[],
  ratePerS: number,
  { server = scene.host('resolver').address4, how = 'c-ares' }: LookupOptions = {},
): LabProcess {
  const count = Math.ceil((ratePerS * seconds) / names.length);
  const options = { how, rate: ratePerS, seconds, server, count };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return scene
    .host(client)
    .spawnProgram(programPath(import.meta.url, '../lab/dns-client'), [...flags, ...names]);
}

/** Until then everything is as it will be learned: latencies from 20 windows of a second. */
export const sickS = 28;

/** The host `resolver` serves `zone`, and turns sick in the middle: from then on every name has the record `sick`. */
export async function startDnsThatTurns(
  scene: Scene,
  zone: Readonly<Record<string, readonly string[]>>,
  sick: string,
  listen = scene.host('resolver').address4,
): Promise<void> {
  const { pid } = await startDns(scene.host('resolver'), zone, seconds, { sick, listen });
  scene.at(sickS).do(`the resolver turns sick: ${sick}`, () => Promise.resolve(process.kill(pid, 'SIGUSR1')));
}

/** A resolver that passes questions on to `upstream`, as systemd-resolved and caches on nodes do. */
export async function startStub(
  scene: Scene,
  host: string,
  listen: string,
  upstream: string,
): Promise<LabProcess> {
  const program = programPath(import.meta.url, '../lab/dns-stub');
  const flags = ['--listen', listen, '--upstream', upstream, '--seconds', String(seconds)];
  const stub = scene.host(host).spawnProgram(program, flags);
  await stub.waitForLine((line) => line.includes('"listening"'), startWithinMs);
  return stub;
}

/** As the C library of a pod does: what has fewer than five dots is looked for in three domains first. */
export function goByPodResolver(scene: Scene, host: string, resolver: string): Promise<void> {
  return writeResolverFile(scene, host, [
    `nameserver ${resolver}`,
    'search shop.svc.cluster.example svc.cluster.example cluster.example',
    'options ndots:5 timeout:1 attempts:2',
  ]);
}

/** What the C library of this host goes by, for processes that are started from now on. */
export async function writeResolverFile(scene: Scene, host: string, lines: readonly string[]): Promise<void> {
  const file = join('/etc/netns', scene.host(host).namespace, 'resolv.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
}
