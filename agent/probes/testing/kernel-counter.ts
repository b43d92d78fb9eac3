import { statSync } from 'node:fs';
import type { Host } from '../../../test/lab/host.ts';

/** A counter of a host as nstat reads it: `Tcp` of `snmp`, `TcpExt` of `netstat`. */
export async function kernelCounter(
  host: Host,
  file: 'snmp' | 'netstat',
  group: string,
  name: string,
): Promise<number> {
  const text = await host.runInNetwork('cat', [`/proc/net/${file}`]);
  const [names, values] = text.split('\n').filter((line) => line.startsWith(`${group}:`));
  return Number(values?.split(' ')[names?.split(' ').indexOf(name) ?? -1]);
}

export function inodeOf(host: Host): number {
  return statSync(`/run/netns/${host.namespace}`).ino;
}
