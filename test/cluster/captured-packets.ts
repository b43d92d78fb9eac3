import { execFileSync } from 'node:child_process';

export interface CapturedPacket {
  readonly atMs: number;
  readonly addresses: readonly [string, string];
}

/** IPv4 packets of a pcapng file, as tshark reads them. */
export function readPackets(file: string): readonly CapturedPacket[] {
  const fields = ['frame.time_epoch', 'ip.src', 'ip.dst'].flatMap((field) => ['-e', field]);
  const said = execFileSync('tshark', ['-r', file, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return said
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [at = '', from = '', to = ''] = line.split('\t');
      return { atMs: Number(at) * 1000, addresses: [from, to] as const };
    });
}

/** `192.0.2.1,192.0.2.2`, each pair once, whichever way its packets went. */
export function pairsOf(packets: readonly CapturedPacket[]): readonly string[] {
  return [...new Set(packets.map(({ addresses }) => pairOf(...addresses)))].toSorted();
}

export const pairOf = (one: string, other: string): string => [one, other].toSorted().join();
