import { closeSync, openSync } from 'node:fs';
import type { BpfLink, BpfObject } from '../bpf/port.ts';
import type { ProbeHealth, ProbeRow } from '../probe.ts';
import { ipText } from '../probes/ip-text.ts';
import { visitNetworkNamespaces } from '../probes/network-namespaces.ts';
import { ApiDeltas } from './api-deltas.ts';
import {
  type ApiCounters,
  type ApiDecoders,
  type ApiKey,
  createApiDecoders,
  healthCounterNames,
} from './api-layout.ts';
import { sketchBounds, toRangeKey } from './kernel-tables.ts';

/** What is remembered of one key between two readings. */
interface KeyRecord {
  readonly key: ApiKey;
  readonly deltas: ApiDeltas;
  /** At the last reading: equal bytes need no decoding. */
  value: Uint8Array | undefined;
  /** The reading that saw it last, to forget keys that the kernel evicted. */
  generation: number;
}

/** The attached programs and what was told of their counters. */
export class RunningApiProbe {
  readonly #object: BpfObject;
  readonly #decoders: ApiDecoders;
  readonly #records = new Map<string, KeyRecord>();
  #generation = 0;
  #keysEvicted = 0;

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
    const cgroup = openSync(cgroup2Path, 'r');
    try {
      this.#object.program('api_egress').attachCgroup(cgroup);
      this.#object.program('api_ingress').attachCgroup(cgroup);
    } finally {
      closeSync(cgroup);
    }
  }

  /** Connections that were there before. Returns what could not be done, in words. */
  adoptOlder(canEnterNamespaces: boolean): readonly string[] {
    const walk = this.#object.program('api_older_sockets').attach();
    const { refused } = canEnterNamespaces ? visitNetworkNamespaces(() => run(walk)) : runHere(walk);
    walk.destroy();
    return refused === 0 ? [] : ['connections older than the agent in other network namespaces are not seen'];
  }

  collect(): readonly ProbeRow[] {
    this.#generation++;
    const rows: ProbeRow[] = [];
    for (const [key, value] of this.#object.map('peers').entries()) {
      const row = this.#collectOne(key, value);
      if (row !== undefined) rows.push(row);
    }
    for (const [id, record] of this.#records)
      if (record.generation !== this.#generation) this.#records.delete(id);
    const { keys_created = 0 } = this.#readHealth();
    this.#keysEvicted = Math.max(this.#keysEvicted, keys_created - this.#records.size);
    return rows;
  }

  health(): ProbeHealth {
    return {
      counters: { ...this.#readHealth(), keys_evicted: this.#keysEvicted },
      mapFullness: { peers: this.#records.size / this.#object.map('peers').maxEntries },
    };
  }

  stop(): void {
    this.#object.close();
  }

  #collectOne(keyBytes: Uint8Array, valueBytes: Uint8Array): ProbeRow | undefined {
    const record = this.#recordOf(keyBytes);
    if (record === undefined) return undefined;
    record.generation = this.#generation;
    if (record.value !== undefined && Buffer.compare(record.value, valueBytes) === 0) return undefined;
    // A copy: it outlives the batch that these bytes are a view of.
    record.value = Uint8Array.from(valueBytes);
    const counters = this.#decoders.counters(record.value);
    // The kernel is making it just now.
    if (counters === undefined || counters.incarnation === 0n) return undefined;
    const fields = record.deltas.tell(counters);
    return fields === undefined ? undefined : toRow(record.key, counters, fields);
  }

  #recordOf(keyBytes: Uint8Array): KeyRecord | undefined {
    const id = Buffer.from(keyBytes).toString('latin1');
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const key = this.#decoders.key(Uint8Array.from(keyBytes));
    if (key === undefined) return undefined;
    const record = { key, deltas: new ApiDeltas(), value: undefined, generation: this.#generation };
    this.#records.set(id, record);
    return record;
  }

  #readHealth(): Record<string, number> {
    const map = this.#object.map('health');
    const value = map.lookup(new Uint8Array(map.keySize)) ?? new Uint8Array();
    const totals = Object.fromEntries(healthCounterNames.map((name) => [name, 0]));
    for (let at = 0; at < value.byteLength; at += map.valueSize) {
      const cpu = this.#decoders.health(value.subarray(at, at + map.valueSize));
      for (const name of healthCounterNames) totals[name] = (totals[name] ?? 0) + (cpu?.[name] ?? 0);
    }
    return totals;
  }
}

function run(walk: BpfLink): void {
  walk.readIterator();
}

function runHere(walk: BpfLink): { readonly refused: number } {
  run(walk);
  return { refused: 1 };
}

function toRow(key: ApiKey, counters: ApiCounters, fields: Record<string, number>): ProbeRow {
  return {
    signal: 'api.latency',
    owner: {
      netnsCookie: key.netns_cookie,
      netnsInode: counters.netns_inode,
      cgroupId: key.cgroup_id,
    },
    role: 'client',
    servicePort: key.service_port,
    peerIp: ipText(key.peer, key.ip_version),
    fields,
    sockets: [],
  };
}
