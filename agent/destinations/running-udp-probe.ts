import { attachToCgroup } from '../bpf/attach-to-cgroup.ts';
import type { BpfObject } from '../bpf/port.ts';
import { sumOverCpus } from '../bpf/sum-over-cpus.ts';
import type { ProbeHealth, ProbeRow } from '../probe.ts';
import { KeyRecords } from '../probes/key-records.ts';
import { UdpFlowRecord } from './udp-flow-record.ts';
import { createUdpDecoders, type UdpDecoders, type UdpHealth } from './udp-layout.ts';

export interface RunningUdpOptions {
  readonly nowMs: () => number;
  /** Flows that go on are told at most this often. */
  readonly gapMs: number;
  /** What another signal tells of: left out, and counted. */
  readonly isOthers: (row: ProbeRow) => boolean;
}

/** The attached programs of bpf/udp.bpf.c and what was told of their counters. */
export class RunningUdpProbe {
  readonly #object: BpfObject;
  readonly #options: RunningUdpOptions;
  readonly #decoders: UdpDecoders;
  readonly #records: KeyRecords<UdpFlowRecord>;
  #malformed = 0;
  #leftOut = 0;

  /** Owns `object` from here on, also where it throws (layouts that differ from what is compiled in). */
  constructor(object: BpfObject, options: RunningUdpOptions) {
    this.#object = object;
    this.#options = options;
    this.#records = new KeyRecords((key) => this.#createRecord(key));
    try {
      this.#decoders = createUdpDecoders((name) => object.structLayout(name));
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** Questions first: an answer whose question was missed would make its sender a stranger. */
  attach(cgroup2Path: string): void {
    attachToCgroup(this.#object, cgroup2Path, ['udp_egress', 'udp_ingress']);
  }

  collect(): readonly ProbeRow[] {
    const nowMs = this.#options.nowMs();
    const rows: ProbeRow[] = [];
    this.#records.read(
      this.#object.map('peers').entries(),
      this.#kernelHealth().keys_created,
      (record, value) => {
        const counters = record.isDue(nowMs) ? this.#decoders.counters(value) : undefined;
        const row = counters && record.endWindow(counters, nowMs);
        if (row === undefined) return;
        if (this.#options.isOthers(row)) this.#leftOut++;
        else rows.push(row);
      },
    );
    return rows;
  }

  health(): ProbeHealth {
    return {
      counters: {
        ...this.#kernelHealth(),
        keys_evicted: this.#records.evicted,
        keys_malformed: this.#malformed,
        rows_of_resolvers: this.#leftOut,
      },
      mapFullness: { peers: this.#records.size / this.#object.map('peers').maxEntries },
    };
  }

  stop(): void {
    this.#object.close();
  }

  #createRecord(keyBytes: Uint8Array): UdpFlowRecord | undefined {
    const key = this.#decoders.key(keyBytes);
    if (key !== undefined) return new UdpFlowRecord(key, this.#options.gapMs);
    this.#malformed++;
    return undefined;
  }

  #kernelHealth(): UdpHealth {
    return sumOverCpus(this.#object.map('health'), this.#decoders.health);
  }
}
