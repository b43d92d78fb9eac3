import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../../test/lab/host.ts';

/** What tcpdump and tshark say of packets, to compare captures with. */

export interface PacketLine {
  readonly timeUs: number;
  readonly flow: string;
  readonly seq: number;
  readonly payloadBytes: number;
  readonly identity: string;
}

/** Epoch microseconds and what tells a packet from the next: addresses, ports, flags, numbers. */
export function tsharkLines(file: string, filter = 'tcp'): PacketLine[] {
  const names = ['src', 'dst'].flatMap((end) => [`ip.${end}`, `ipv6.${end}`]);
  const tcp = [
    'srcport',
    'dstport',
    'seq_raw',
    'ack_raw',
    'flags',
    'window_size_value',
    'options.timestamp.tsval',
    'len',
  ];
  const fields = ['frame.time_epoch', ...names, ...tcp.map((field) => `tcp.${field}`)];
  const text = execFileSync(
    'tshark',
    ['-r', file, '-n', '-Y', filter, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 256 * 1024 * 1024 },
  );
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [time = '', ...rest] = line.split('\t');
    return {
      timeUs: Math.round(Number(time) * 1e6),
      flow: rest.slice(0, 6).join(' '),
      seq: Number(rest[6]),
      payloadBytes: Number(rest.at(-1)),
      identity: rest.join(' '),
    };
  });
}

/** Of each packet of ours to the nearest one that looks the same there. */
export function timeDistancesUs(ours: readonly PacketLine[], theirs: readonly PacketLine[]): number[] {
  const times = Map.groupBy(theirs, ({ identity }) => identity);
  return ours.map(({ identity, timeUs }) =>
    Math.min(...(times.get(identity) ?? []).map((their) => Math.abs(their.timeUs - timeUs))),
  );
}

/** Of `lines` those that have no equal in `among`; one there stands for one here. */
export function missing(lines: readonly PacketLine[], among: readonly PacketLine[]): PacketLine[] {
  const left = new Map<string, number>();
  for (const { identity } of among) left.set(identity, (left.get(identity) ?? 0) + 1);
  return lines.filter(({ identity }) => {
    const n = left.get(identity) ?? 0;
    left.set(identity, n - 1);
    return n <= 0;
  });
}

/**
 * Data of `sender` that lies before what its connection had sent already. Not tshark's judgement, which calls some of
 * it out of order when it follows within a few milliseconds.
 */
export function countSentAgain(
  lines: readonly PacketLine[],
  sender: string,
  sinceUs: number,
  untilUs: number,
): number {
  const sentUpTo = new Map<string, number>();
  let count = 0;
  for (const { flow, seq, payloadBytes, timeUs } of lines) {
    if (payloadBytes === 0 || !flow.startsWith(`${sender} `)) continue;
    const highest = sentUpTo.get(flow) ?? seq;
    if (((seq - highest) | 0) < 0 && timeUs >= sinceUs && timeUs <= untilUs) count += 1;
    const end = (seq + payloadBytes) >>> 0;
    if (((end - highest) | 0) > 0) sentUpTo.set(flow, end);
  }
  return count;
}

/** In the machine's mounts: it writes where this test reads. `stop` tells how many packets it dropped. */
export function startTcpdump(host: Host, file: string, filter: string): { stop(): Promise<number> } {
  const flags = ['-i', 'eth0', '-s', '128', '-B', '65536', '-Z', 'root', '-w', file, filter];
  const child = spawn('nsenter', [`--net=/run/netns/${host.namespace}`, 'tcpdump', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let report = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (report += text));
  const closed = new Promise((resolve) => child.once('close', resolve));
  return {
    async stop() {
      // It reads its buffer once a second.
      await sleep(1_500);
      child.kill('SIGINT');
      await closed;
      return Number(/^(\d+) packets? dropped by kernel/m.exec(report)?.[1]);
    },
  };
}

/** tcpdump and tshark go through all of it without a word of complaint. */
export function readsCleanly(file: string): boolean {
  const options = { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 } as const;
  const tcpdump = spawnSync('tcpdump', ['-n', '-r', file], options);
  const tshark = spawnSync('tshark', ['-n', '-r', file, '-Y', '_ws.malformed || _ws.short == 2'], options);
  const complaints = tshark.stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Running as user'));
  return (
    tcpdump.status === 0 &&
    !/trunc|invalid|bogus/i.test(tcpdump.stderr + tcpdump.stdout) &&
    tshark.status === 0 &&
    complaints.length === 0 &&
    tshark.stdout === ''
  );
}
