import type { SocketEvidence } from '../../stream/events/observation.ts';
import type { ProbeRow } from '../probe.ts';
import { CounterDeltas, type SignalDeltas } from './counter-deltas.ts';
import { rowPlace } from './row-place.ts';
import { RttDeltas } from './rtt-deltas.ts';
import { rowsAfterZeroWindow, TcpDeltas, zeroWindows } from './tcp-deltas.ts';
import type { TcpCounters, TcpPeerKey } from './tcp-layout.ts';
import {
  tcpConnectFailuresSignal,
  tcpConnectionsSignal,
  tcpResetsSignal,
  tcpTrafficSignal,
} from './tcp-signals.ts';
import { TcpTelling } from './tcp-telling.ts';

/** Signals that bpf/tcp.bpf.c gives. */
export const tcpSignalIds = [
  'tcp.retransmits',
  'tcp.rtt',
  'tcp.traffic',
  'tcp.connections',
  'tcp.connect_failures',
  'tcp.resets',
] as const;
export type TcpSignalId = (typeof tcpSignalIds)[number];

function createDeltas(signal: TcpSignalId): SignalDeltas {
  switch (signal) {
    case 'tcp.retransmits':
      return new TcpDeltas();
    case 'tcp.rtt':
      return new RttDeltas();
    case 'tcp.traffic':
      return new CounterDeltas(tcpTrafficSignal);
    case 'tcp.connections':
      return new CounterDeltas(tcpConnectionsSignal);
    case 'tcp.connect_failures':
      return new CounterDeltas(tcpConnectFailuresSignal);
    case 'tcp.resets':
      return new CounterDeltas(tcpResetsSignal);
  }
}

/** What is remembered of one key between two readings. */
export class TcpKeyRecord {
  readonly key: TcpPeerKey;
  readonly #tellings: ReadonlyMap<TcpSignalId, TcpTelling>;
  /** Value bytes at the last reading: equal bytes need no decoding until something that waits is due. */
  #readValue: Uint8Array | undefined;
  #dueAtMs = -Infinity;
  #readingsLeft = 0;

  /** `quietGapMs`: rows without trouble of the signals beside retransmits are told at most this often. */
  constructor(key: TcpPeerKey, quietGapMs: number) {
    this.key = key;
    // Attempts to connect are the client's.
    const ids = tcpSignalIds.filter((id) => id !== 'tcp.connect_failures' || key.role === 0);
    const spread = ((key.peer[3] ?? 0) + (key.peer[15] ?? 0) + key.service_port) % 10;
    const firstGapMs = quietGapMs * (1 - spread / 10);
    this.#tellings = new Map(
      ids.map((id) => [
        id,
        id === 'tcp.retransmits'
          ? new TcpTelling(createDeltas(id), 0)
          : new TcpTelling(createDeltas(id), quietGapMs, firstGapMs),
      ]),
    );
  }

  /** Keeps the latest state of each socket; the first sixteen are enough for a person. */
  addEvidence(signal: TcpSignalId, cookie: bigint, socket: SocketEvidence): void {
    this.#tellings.get(signal)?.addEvidence(cookie, socket);
  }

  /** Most keys of most windows: nothing moved, no socket is stalled, and nothing that waits is due. */
  isQuiet(value: Uint8Array, nowMs: number): boolean {
    if (this.#readValue === undefined || nowMs >= this.#dueAtMs) return false;
    return Buffer.compare(this.#readValue, value) === 0;
  }

  /** The row of one signal before its time; undefined: nothing that cannot wait. */
  takeNow(
    signal: TcpSignalId,
    now: TcpCounters,
    identify: (sockets: ReadonlyMap<bigint, SocketEvidence>) => readonly SocketEvidence[],
  ): ProbeRow | undefined {
    const taken = this.#tellings.get(signal)?.takeNow(now);
    return taken && this.#row(signal, now, { ...taken, sockets: identify(taken.sockets) });
  }

  /** The rows that are due at a window's end. */
  endWindow(now: TcpCounters, value: Uint8Array, nowMs: number): readonly ProbeRow[] {
    const rows: ProbeRow[] = [];
    this.#readingsLeft = zeroWindows(now) > 0 ? rowsAfterZeroWindow : Math.max(0, this.#readingsLeft - 1);
    const isHeldUp = now.stalls_begun > now.stalls_ended || this.#readingsLeft > 0;
    this.#dueAtMs = isHeldUp ? -Infinity : Infinity;
    for (const [signal, telling] of this.#tellings) {
      const told = telling.endWindow(now, nowMs);
      if (told === 'later') this.#dueAtMs = Math.min(this.#dueAtMs, telling.dueAtMs);
      else if (told !== undefined)
        rows.push(this.#row(signal, now, { ...told, sockets: [...told.sockets.values()] }));
    }
    this.#readValue = Uint8Array.from(value);
    return rows;
  }

  #row(
    signal: TcpSignalId,
    now: TcpCounters,
    told: Pick<ProbeRow, 'fields' | 'sockets' | 'sinceMs'>,
  ): ProbeRow {
    return {
      signal,
      ...rowPlace(this.key, now.netns_inode),
      role: this.key.role === 1 ? 'server' : 'client',
      ...told,
    };
  }
}
