import { statSync } from 'node:fs';
import type { SocketOwner } from '../names/port.ts';
import type { Probe, ProbeContext, ProbeHealth, ProbeRow, ProbeStart } from '../probe.ts';
import { readStalledPeers, type StalledPeer } from './stalled-sockets.ts';
import { readTcpCounters, type TcpCounters } from './tcp-counters.ts';

export interface ProcRetransmitsOptions {
  readonly platform?: NodeJS.Platform;
  /** Directory with `snmp`, `netstat`, `tcp` and `tcp6` of this process's network namespace. */
  readonly netPath?: string;
}

const signal = 'tcp.retransmits';
/** The counters are sums over all peers. The namer makes an unspecified address a peer of kind `unknown`. */
const noPeerIp = '0.0.0.0';
const maxStalledPeers = 64;
/** Reading the table of sockets may use 1 % of a CPU: the kernel walks its whole hash table for it. */
const socketsCostFactor = 100;

/**
 * `tcp.retransmits` where eBPF cannot run: the counters that every process may read. They are of this process's own
 * network namespace, without peers, workloads and causes; only stalled sockets are told by peer.
 */
export function createProcRetransmitsProbe(options: ProcRetransmitsOptions = {}): Probe {
  return new ProcRetransmitsProbe(options);
}

class ProcRetransmitsProbe implements Probe {
  readonly name = 'proc-retransmits';
  readonly signals = [signal];
  readonly #platform: NodeJS.Platform;
  readonly #netPath: string;
  #owner: SocketOwner = { netnsCookie: 0n, netnsInode: 0, cgroupId: 0n };
  #nowMs: () => number = () => 0;
  #told: TcpCounters | undefined;
  /** By peer, those that were told as stalled: told once more with 0 when they are not any longer. */
  #stalled: ReadonlyMap<string, StalledPeer> = new Map();
  #socketsReadAtMs = -Infinity;
  #socketsCostMs = 0;
  #unreadable = 0;
  #stalledOverflowed = 0;

  constructor(options: ProcRetransmitsOptions) {
    this.#platform = options.platform ?? process.platform;
    this.#netPath = options.netPath ?? '/proc/self/net';
  }

  async start(context: ProbeContext): Promise<ProbeStart> {
    if (this.#platform !== 'linux') return notAvailable(`/proc/net is Linux only, this is ${this.#platform}`);
    const counters = readTcpCounters(this.#netPath);
    if (counters === undefined) return notAvailable(`${this.#netPath}/snmp holds no TCP counters`);
    this.#nowMs = () => context.clock.nowMs();
    this.#told = counters;
    this.#owner = { ...this.#owner, netnsInode: ownNetnsInode() };
    return { attached: true, notes: notesOn(counters) };
  }

  collect(): readonly ProbeRow[] {
    if (this.#told === undefined) return [];
    return [...this.#collectCounters(this.#told), ...this.#collectStalled()];
  }

  health(): ProbeHealth {
    return {
      counters: { unreadable: this.#unreadable, stalled_peers_overflowed: this.#stalledOverflowed },
      mapFullness: {},
    };
  }

  async stop(): Promise<void> {
    this.#told = undefined;
    this.#stalled = new Map();
  }

  #collectCounters(told: TcpCounters): readonly ProbeRow[] {
    const now = readTcpCounters(this.#netPath);
    if (now === undefined) {
      this.#unreadable++;
      return [];
    }
    this.#told = now;
    const fields = {
      data_segments: now.dataSegments - told.dataSegments,
      retransmits: now.retransmits - told.retransmits,
      fast: now.fast - told.fast,
      syn_retransmits: now.handshakeRetransmits - told.handshakeRetransmits,
    };
    const deltas = Object.values(fields);
    // Smaller than before: the counters were reset. What lies between is not known.
    if (deltas.some((delta) => delta < 0) || deltas.every((delta) => delta === 0)) return [];
    return [this.#row({ role: 'client', servicePort: 0, peerIp: noPeerIp, sockets: [] }, fields)];
  }

  #collectStalled(): readonly ProbeRow[] {
    const nowMs = this.#nowMs();
    if (nowMs - this.#socketsReadAtMs < this.#socketsCostMs * socketsCostFactor) return [];
    const started = process.threadCpuUsage();
    const peers = readStalledPeers(this.#netPath);
    const { user, system } = process.threadCpuUsage(started);
    this.#socketsCostMs = (user + system) / 1_000;
    this.#socketsReadAtMs = nowMs;
    if (peers.length > maxStalledPeers) this.#stalledOverflowed++;
    const worst = peers.toSorted((a, b) => b.count - a.count).slice(0, maxStalledPeers);
    const stalled = new Map(worst.map((peer) => [keyOf(peer), peer]));
    const over = [...this.#stalled].filter(([key]) => !stalled.has(key)).map(([, peer]) => ended(peer));
    this.#stalled = stalled;
    return [...stalled.values(), ...over].map((peer) => this.#row(peer, { stalled_sockets: peer.count }));
  }

  #row(
    { role, servicePort, peerIp, sockets }: Omit<StalledPeer, 'count'>,
    fields: ProbeRow['fields'],
  ): ProbeRow {
    return { signal, owner: this.#owner, role, servicePort, peerIp, fields, sockets };
  }
}

function ended(peer: StalledPeer): StalledPeer {
  return { ...peer, count: 0, sockets: [] };
}

function keyOf({ role, servicePort, peerIp }: StalledPeer): string {
  return `${role} ${servicePort} ${peerIp}`;
}

function notesOn({ dataSegmentsExact }: TcpCounters): readonly string[] {
  const scope = 'sums of this network namespace from /proc/net, without peers; stalled sockets by peer';
  const acks = 'pure ACKs count as data segments, so ratios come out too low';
  return dataSegmentsExact ? [scope] : [scope, acks];
}

function notAvailable(reason: string): ProbeStart {
  return { attached: false, reason, remedy: 'run on Linux; rules and recordings work everywhere' };
}

function ownNetnsInode(): number {
  return statSync('/proc/self/ns/net', { throwIfNoEntry: false })?.ino ?? 0;
}
