import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { rulesLoadedType, tickType } from '../../stream/events/control.ts';
import {
  observationsType,
  type ObservationBatch,
  type ObservationRow,
} from '../../stream/events/observation.ts';
import type { Output, Stage, StateChange, StreamRecord } from '../../stream/port.ts';
import type { Transition } from '../../stream/events/transition.ts';

export const startMs = Date.parse('2026-11-21T08:00:00.000Z');

export interface Source {
  readonly node: string;
  readonly workload: string;
  readonly boot?: string;
  /** How far its clock is off. */
  readonly skewMs?: number;
}

const payments = { kind: 'workload', name: 'netns/payments', ip: '198.51.100.2' } as const;

/** Writes records of the `signals` topic as an agent, a ticker and a rule loader would. */
export class SignalScript {
  readonly records: StreamRecord[] = [];
  readonly #seqs = new Map<string, number>();
  #offset = 0;

  append(event: CloudEvent, appendedAtMs: number): void {
    this.#offset += 1;
    this.records.push({ topic: 'signals', partition: 0, offset: this.#offset, appendedAtMs, event });
  }

  rules(
    files: readonly { readonly path: string; readonly text: string }[],
    atMs = startMs,
    learnMs: number | null = null,
  ): void {
    const data = { revision: String(this.#offset), files, learn_ms: learnMs };
    this.append(this.#control(rulesLoadedType, data, atMs), atMs);
  }

  tick(atMs: number): void {
    this.append(this.#control(tickType, {}, atMs), atMs);
  }

  control(type: string, data: unknown, atMs: number): void {
    this.append(this.#control(type, data, atMs), atMs);
  }

  #control(type: string, data: unknown, atMs: number): CloudEvent {
    const id = `${type}/${this.#offset}`;
    return createCloudEvent({ id, source: '/test', type, timeMs: atMs, partitionkey: 'control', data });
  }

  /** The workload has ended. */
  end(source: Source, atMs: number): void {
    this.flush(source, [], atMs, { ended: true });
  }

  /** One flush of `rows` that ends at `atMs`. */
  flush(
    source: Source,
    rows: readonly ObservationRow[],
    atMs: number,
    more: Pick<ObservationBatch, 'ended'> = {},
  ): void {
    const boot = source.boot ?? 'boot-1';
    const seq = (this.#seqs.get(source.node + boot) ?? 0) + 1;
    this.#seqs.set(source.node + boot, seq);
    const claimedMs = atMs + (source.skewMs ?? 0);
    const windowMs = (Math.ceil(claimedMs / 1_000) - 1) * 1_000;
    const data: ObservationBatch = {
      window: { start: new Date(windowMs).toISOString(), ms: 1_000, elapsed_ms: claimedMs - windowMs },
      candidate: false,
      subject: { cluster: 'c1', node: source.node, namespace: 'shop', workload: source.workload },
      rows: [...rows],
      ...more,
    };
    const event = createCloudEvent({
      id: `${source.node}/${boot}/${seq}`,
      source: `/clusters/c1/nodes/${source.node}`,
      type: observationsType,
      timeMs: claimedMs,
      partitionkey: `c1/shop/${source.workload}`,
      data,
    });
    this.append(event, atMs);
  }
}

export function retransmitRow(
  fields: Readonly<Record<string, number>>,
  more: Partial<ObservationRow> = {},
): ObservationRow {
  return { signal: 'tcp.retransmits', role: 'client', service_port: 8080, peer: payments, fields, ...more };
}

/** Feeds records to a stage, storing its state after every batch as a host would. */
export function feed(
  stage: Stage,
  records: readonly StreamRecord[],
  store = new Map<string, Uint8Array>(),
): Output[] {
  const outputs = records.flatMap((record) => stage.process(record));
  storeChanges(store, stage.drainState());
  return outputs;
}

/** The same with a stage that is stored and made anew before each of the records at `cuts`. */
export function feedWithRestarts(
  newStage: () => Stage,
  records: readonly StreamRecord[],
  cuts: readonly number[],
): Output[] {
  const store = new Map<string, Uint8Array>();
  const starts = [0, ...cuts.map((cut) => cut % (records.length + 1)).sort((a, b) => a - b)];
  return starts.flatMap((start, index) => {
    const stage = newStage();
    // Another order than that in which they were stored: nothing may depend on it.
    stage.restore([...store].reverse());
    return feed(stage, records.slice(start, starts[index + 1] ?? records.length), store);
  });
}

export function storeChanges(store: Map<string, Uint8Array>, changes: Iterable<StateChange>): void {
  for (const { key, value } of changes)
    if (value === null) store.delete(key);
    else store.set(key, value);
}

export function transitionsIn(outputs: readonly Output[]): Transition[] {
  return outputs.map(({ event }) => event.data as Transition);
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
