import type { SocketEvidence } from '../../stream/events/observation.ts';
import { attachToCgroup } from '../bpf/attach-to-cgroup.ts';
import type { BpfArchitecture } from '../bpf/kernel.ts';
import { createRingBufferReader } from '../bpf/libbpf.ts';
import type { BpfObject, RingBufferReader } from '../bpf/port.ts';
import { sumOverCpus } from '../bpf/sum-over-cpus.ts';
import type { ProbeCandidate, ProbeContext, ProbeHealth, ProbeRow } from '../probe.ts';
import { KeyRecords, keyText } from './key-records.ts';
import { OlderSockets } from './older-sockets.ts';
import { openSocketProcesses, type SocketProcesses } from './socket-processes.ts';
import { isDoubtful, signalOf, toSocketEvidence } from './tcp-evidence.ts';
import { TcpKeyRecord, type TcpSignalId } from './tcp-keys.ts';
import { createTcpDecoders, type TcpDecoders, type TcpHealth } from './tcp-layout.ts';

/** Within it a peer on a path of up to some 100 ms answers a segment that it had already (DSACK). */
const answerMs = 150;

/** The attached programs and what was told of their counters. */
export class RunningTcpProbe {
  readonly #object: BpfObject;
  readonly #context: ProbeContext;
  readonly #decoders: TcpDecoders;
  readonly #reader: RingBufferReader;
  readonly #records: KeyRecords<TcpKeyRecord>;
  /** By key, how to cancel: retransmits whose answer is awaited. At most one a key of the kernel's map. */
  readonly #doubtful = new Map<string, () => void>();
  #processes: SocketProcesses | undefined;
  #older: OlderSockets | undefined;
  #malformed = 0;

  /**
   * Owns `object` from here on, also where it throws (layouts that differ from what is compiled in). `quietGapMs`: rows
   * that can wait are told at most this often.
   */
  constructor(object: BpfObject, context: ProbeContext, quietGapMs: number) {
    this.#object = object;
    this.#context = context;
    this.#records = new KeyRecords((key) => this.#createRecord(key, quietGapMs));
    try {
      this.#decoders = createTcpDecoders((name) => object.structLayout(name));
      this.#reader = createRingBufferReader(object.map('events'));
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** New sockets first, then the older ones: a socket that connects in between is seen by one of the two. */
  attach(cgroup2Path: string, canEnterNamespaces: boolean): readonly string[] {
    this.#reader.start((event) => this.#onEvent(event));
    attachToCgroup(this.#object, cgroup2Path, ['tcp_sockets']);
    this.#object.program('tcp_synack_retransmit').attach();
    const walk = this.#object.program('tcp_older_sockets').attach();
    this.#older = new OlderSockets(walk, canEnterNamespaces, this.#context.clock);
    const notes = this.#older.adopt();
    this.#object.program('tcp_unwatched_retransmit').attach();
    return notes;
  }

  /** Evidence without the process is still evidence: a refusal is a note. */
  openProcesses(bpfDirectory: string, architecture: BpfArchitecture): readonly string[] {
    try {
      this.#processes = openSocketProcesses({ bpfDirectory, architecture, clock: this.#context.clock });
      return [];
    } catch (error) {
      this.#context.logger.warn({ err: error }, 'processes of sockets cannot be found');
      return ['evidence does not name processes'];
    }
  }

  collect(): readonly ProbeRow[] {
    const { older_refused, windows_closed, keys_created } = this.#kernelHealth();
    this.#older?.addUp(older_refused, windows_closed);
    const nowMs = this.#context.clock.nowMs();
    const rows: ProbeRow[] = [];
    this.#records.read(this.#object.map('peers').entries(), keys_created, (record, value) => {
      if (record.isQuiet(value, nowMs)) return;
      const counters = this.#decoders.counters(value);
      if (counters !== undefined) rows.push(...record.endWindow(counters, value, nowMs));
    });
    return rows;
  }

  health(): ProbeHealth {
    return {
      counters: {
        ...this.#kernelHealth(),
        keys_evicted: this.#records.evicted,
        events_malformed: this.#malformed,
      },
      mapFullness: { peers: this.#records.size / this.#object.map('peers').maxEntries },
    };
  }

  async stop(): Promise<void> {
    await this.#reader.stop();
    for (const cancel of this.#doubtful.values()) cancel();
    this.#doubtful.clear();
    this.#processes?.close();
    this.#object.close();
  }

  #onEvent(bytes: Uint8Array): void {
    const event = this.#decoders.event(bytes);
    const key = event && this.#decoders.key(event.key);
    if (event === undefined || key === undefined) {
      this.#malformed++;
      return;
    }
    // The bytes are the ring's: what outlives this call is copied.
    const keyBytes = Uint8Array.from(event.key);
    const record = this.#records.of(keyBytes);
    if (record === undefined) return;
    const signal = signalOf(event);
    record.addEvidence(signal, event.socket_cookie, toSocketEvidence(event, key));
    const candidate = this.#candidate(keyBytes, record, signal);
    if (isDoubtful(event)) this.#offerLater(candidate);
    else this.#context.onCandidate(candidate);
  }

  /** Once the peer has had the time to say that it had the segment; what comes meanwhile joins it. */
  #offerLater(candidate: ProbeCandidate): void {
    if (this.#doubtful.has(candidate.key)) return;
    const cancel = this.#context.clock.after(answerMs, () => {
      this.#doubtful.delete(candidate.key);
      this.#context.onCandidate(candidate);
    });
    this.#doubtful.set(candidate.key, cancel);
  }

  #candidate(keyBytes: Uint8Array, record: TcpKeyRecord, signal: TcpSignalId): ProbeCandidate {
    return {
      key: `${signal} ${keyText(keyBytes)}`,
      take: () => {
        const value = this.#object.map('peers').lookup(keyBytes);
        const counters = value && this.#decoders.counters(value);
        return counters && record.takeNow(signal, counters, (sockets) => this.#identify(sockets));
      },
    };
  }

  #identify(sockets: ReadonlyMap<bigint, SocketEvidence>): readonly SocketEvidence[] {
    return this.#processes?.identify(sockets) ?? [...sockets.values()];
  }

  #createRecord(keyBytes: Uint8Array, quietGapMs: number): TcpKeyRecord | undefined {
    const key = this.#decoders.key(keyBytes);
    if (key !== undefined) return new TcpKeyRecord(key, quietGapMs);
    this.#malformed++;
    return undefined;
  }

  #kernelHealth(): TcpHealth {
    return sumOverCpus(this.#object.map('health'), this.#decoders.health);
  }
}
