import { join } from 'node:path';
import { readBounded } from './read-bounded.ts';

/**
 * Cumulative TCP counters of one network namespace, from `snmp` and `netstat` below /proc/PID/net
 * (https://docs.kernel.org/networking/snmp_counter.html).
 */
export interface TcpCounters {
  /** Segments with data sent, retransmissions included. */
  readonly dataSegments: number;
  /** Segments sent again on established connections. */
  readonly retransmits: number;
  /** Of these, by fast retransmit or recovery. */
  readonly fast: number;
  /** SYNs and SYN-ACKs sent again: the kernel counts them as one here. */
  readonly handshakeRetransmits: number;
  /**
   * false: the kernel counts no original data segments (before Linux 3.8, some sandboxes), so `dataSegments` stems from
   * OutSegs, which includes pure ACKs: ratios come out too low, down to about a half.
   */
  readonly dataSegmentsExact: boolean;
}

const maxBytes = 65_536;

/** undefined: not Linux, or a sandbox that hides them. */
export function readTcpCounters(netPath: string): TcpCounters | undefined {
  const tcp = parseCounters(readBounded(join(netPath, 'snmp'), maxBytes) ?? '', 'Tcp');
  const ext = parseCounters(readBounded(join(netPath, 'netstat'), maxBytes) ?? '', 'TcpExt');
  const resent = tcp.get('RetransSegs');
  const outSegs = tcp.get('OutSegs');
  if (resent === undefined || outSegs === undefined) return undefined;
  const handshakeRetransmits = ext.get('TCPSynRetrans') ?? 0;
  const retransmits = Math.max(0, resent - handshakeRetransmits);
  const original = ext.get('TCPOrigDataSent');
  return {
    dataSegments: (original ?? outSegs) + retransmits,
    retransmits,
    fast: ext.get('TCPFastRetrans') ?? 0,
    handshakeRetransmits,
    dataSegmentsExact: original !== undefined,
  };
}

/** Pairs of lines: `Tcp: name name …`, `Tcp: value value …`. */
export function parseCounters(text: string, group: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${group}: `));
  const [names = [], values = []] = lines.map((line) => line.split(' ').slice(1));
  const pairs = names.map((name, index) => [name, Number(values[index])] as const);
  return new Map(pairs.filter(([, value]) => Number.isFinite(value)));
}
