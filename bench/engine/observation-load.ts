import { seededRandom } from '../../engine/testing/signal-script.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { tickType } from '../../stream/events/control.ts';
import {
  observationsType,
  type ObservationBatch,
  type ObservationRow,
} from '../../stream/events/observation.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { namespaceOf } from './bench-rules.ts';

/** Peers that a workload talks to: rows of one batch. */
const rowsPerBatch = 5;
const ticksPerSecond = 4;
const startMs = Date.parse('2026-11-21T08:00:00.000Z');

/** One second of everybody: a batch a workload, ticks between. */
export interface LoadSecond {
  readonly records: readonly StreamRecord[];
  readonly observations: number;
}

/**
 * The stream of a cluster in which most is quiet: of the rows 5 % carry one or two retransmits and 0.2 % a loss of
 * 4 to 12 % that a rule may fire on. `observations` a second, one a (workload, peer); the same seed, the same stream.
 */
export class ObservationLoad {
  readonly #workloads: number;
  readonly #random: () => number;
  #second = 0;
  #offset = 0;

  constructor(observations: number, seed: number) {
    this.#workloads = Math.ceil(observations / rowsPerBatch);
    this.#random = seededRandom(seed);
  }

  get observationsPerSecond(): number {
    return this.#workloads * rowsPerBatch;
  }

  next(): LoadSecond {
    const second = this.#second++;
    const tickEvery = Math.ceil(this.#workloads / ticksPerSecond);
    const records: StreamRecord[] = [];
    for (let workload = 0; workload < this.#workloads; workload++) {
      records.push(this.#batch(second, workload));
      if (workload % tickEvery === tickEvery - 1) records.push(this.#tick(second));
    }
    return { records, observations: this.observationsPerSecond };
  }

  #batch(second: number, workload: number): StreamRecord {
    const atMs = startMs + second * 1000;
    const namespace = namespaceOf(workload);
    const name = `deployment/service-${workload}`;
    const data: ObservationBatch = {
      window: { start: new Date(atMs).toISOString(), ms: 1000, elapsed_ms: 1000 },
      candidate: false,
      subject: { cluster: 'c1', node: `node-${workload % 50}`, namespace, workload: name },
      rows: Array.from({ length: rowsPerBatch }, (_, peer) => this.#row(peer)),
    };
    const event = createCloudEvent({
      id: `node-${workload % 50}/boot-1/${second * this.#workloads + workload + 1}`,
      source: `/clusters/c1/nodes/node-${workload % 50}`,
      type: observationsType,
      timeMs: atMs + 1000,
      partitionkey: `c1/${namespace}/${name}`,
      data,
    });
    return this.#record(event, atMs + 1000);
  }

  #row(peer: number): ObservationRow {
    const segments = 100 + Math.floor(this.#random() * 900);
    const retransmits = this.#retransmits(segments);
    const fields = {
      data_segments: segments,
      retransmits,
      rto: 0,
      fast: retransmits,
      tail_loss_probes: 0,
      spurious_retransmits: 0,
      syn_retransmits: 0,
      synack_retransmits: 0,
      loss_episodes: Math.min(retransmits, 2),
      stalled_sockets: 0,
      sockets: 5,
    };
    const identity = { kind: 'service', name: `service/peer-${peer}`, ip: `192.0.2.${peer + 1}` } as const;
    return { signal: 'tcp.retransmits', role: 'client', service_port: 8080, peer: identity, fields };
  }

  #retransmits(segments: number): number {
    const kind = this.#random();
    if (kind < 0.002) return Math.ceil(segments * (0.04 + this.#random() * 0.08));
    return kind < 0.052 ? 1 + Math.floor(this.#random() * 2) : 0;
  }

  #tick(second: number): StreamRecord {
    const timeMs = startMs + (second + 1) * 1000;
    const id = `${tickType}/${this.#offset}`;
    const event = createCloudEvent({
      id,
      source: '/bench',
      type: tickType,
      timeMs,
      partitionkey: 'control',
      data: {},
    });
    return this.#record(event, timeMs);
  }

  #record(event: StreamRecord['event'], appendedAtMs: number): StreamRecord {
    return { topic: 'signals', partition: 0, offset: ++this.#offset, appendedAtMs, event };
  }
}
