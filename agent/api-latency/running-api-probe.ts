import { attachToCgroup } from '../bpf/attach-to-cgroup.ts';
import type { BpfObject } from '../bpf/port.ts';
import { sumOverCpus } from '../bpf/sum-over-cpus.ts';
import type { ProbeHealth, ProbeRow } from '../probe.ts';
import { KeyRecords } from '../probes/key-records.ts';
import { visitOpenNamespaces } from '../probes/network-namespaces.ts';
import { rowPlace } from '../probes/row-place.ts';
import { ApiDeltas } from './api-deltas.ts';
import {
  type ApiCounters,
  type ApiDecoders,
  type ApiKey,
  type ApiHealth,
  createApiDecoders,
} from './api-layout.ts';
import { sketchBounds, toRangeKey } from './kernel-tables.ts';

/** What is remembered of one key between two readings. */
interface KeyRecord {
  readonly key: ApiKey;
  readonly deltas: ApiDeltas;
  /** At the last reading: equal bytes need no decoding. */
  value: Uint8Array | undefined;
}

/** The attached programs and what was told of their counters. */
export class RunningApiProbe {
  readonly #object: BpfObject;
  readonly #decoders: ApiDecoders;
  readonly #records = new KeyRecords((key) => this.#createRecord(key));

  /** Owns `object` from here on, also where it throws (layouts that differ from what is compiled in). */
  constructor(object: BpfObject) {
    this.#object = object;
    try {
      this.#decoders = createApiDecoders((name) => object.structLayout(name));
    } catch (error) {
      object.close();
      throw error;
    }
  }

  /** Tables first: from its first packet on, a program must know what is internal. */
  attach(cgroup2Path: string, internalRanges: readonly string[]): void {
    this.#object.map('bounds').update(new Uint8Array(4), sketchBounds());
    const ranges = this.#object.map('internal_ranges');
    for (const range of internalRanges) ranges.update(toRangeKey(range), Uint8Array.of(1));
    attachToCgroup(this.#object, cgroup2Path, ['api_egress', 'api_ingress']);
  }

  /** Connections that were there before. Returns what could not be done, in words. */
  adoptOlder(canEnterNamespaces: boolean): readonly string[] {
    const walk = this.#object.program('api_older_sockets').attach();
    const { refused } = visitOpenNamespaces(canEnterNamespaces, () => void walk.readIterator());
    walk.destroy();
    return refused === 0 ? [] : ['connections older than the agent in other network namespaces are not seen'];
  }

  collect(): readonly ProbeRow[] {
    const { keys_created } = this.#kernelHealth();
    const rows: ProbeRow[] = [];
    this.#records.read(this.#object.map('peers').entries(), keys_created, (record, value) => {
      const row = this.#collectOne(record, value);
      if (row !== undefined) rows.push(row);
    });
    return rows;
  }

  health(): ProbeHealth {
    return {
      counters: { ...this.#kernelHealth(), keys_evicted: this.#records.evicted },
      mapFullness: { peers: this.#records.size / this.#object.map('peers').maxEntries },
    };
  }

  stop(): void {
    this.#object.close();
  }

  #collectOne(record: KeyRecord, valueBytes: Uint8Array): ProbeRow | undefined {
    if (record.value !== undefined && Buffer.compare(record.value, valueBytes) === 0) return undefined;
    // A copy: it outlives the batch that these bytes are a view of.
    record.value = Uint8Array.from(valueBytes);
    const counters = this.#decoders.counters(record.value);
    // The kernel is making it just now.
    if (counters === undefined || counters.incarnation === 0n) return undefined;
    const fields = record.deltas.tell(counters);
    return fields === undefined ? undefined : toRow(record.key, counters, fields);
  }

  #createRecord(keyBytes: Uint8Array): KeyRecord | undefined {
    const key = this.#decoders.key(keyBytes);
    return key && { key, deltas: new ApiDeltas(), value: undefined };
  }

  #kernelHealth(): ApiHealth {
    return sumOverCpus(this.#object.map('health'), this.#decoders.health);
  }
}

function toRow(key: ApiKey, counters: ApiCounters, fields: Record<string, number>): ProbeRow {
  return {
    signal: 'api.latency',
    ...rowPlace(key, counters.netns_inode),
    role: 'client',
    fields,
    sockets: [],
  };
}
