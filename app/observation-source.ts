import { randomUUID } from 'node:crypto';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { type ObservationBatch, observationsType } from '../stream/events/observation.ts';
import type { Producer } from '../stream/port.ts';

export interface ObservationSource {
  /** Puts a batch into the stream; never throws and never waits. */
  emit(batch: ObservationBatch): void;
  /** Batches that the log did not take. */
  lost(): number;
  /** Batches emitted since the start. */
  emitted(): number;
}

/**
 * Numbers the batches of this process: `id: node/boot/seq`. `boot` is new with each start, so that a restart's sequence
 * is not taken for repeats of the one before.
 */
export function createObservationSource(
  producer: Producer,
  node: string,
  onLost: (error: unknown, lost: number) => void,
): ObservationSource {
  const boot = randomUUID().slice(0, 8);
  let seq = 0;
  let lost = 0;

  function emit(batch: ObservationBatch): void {
    const { cluster, namespace, workload } = batch.subject;
    seq += 1;
    const event = createCloudEvent({
      id: `${node}/${boot}/${seq}`,
      source: `/clusters/${cluster}/nodes/${node}`,
      type: observationsType,
      timeMs: Date.parse(batch.window.start) + batch.window.elapsed_ms,
      partitionkey: `${cluster}/${namespace}/${workload}`,
      data: batch,
    });
    producer.append('signals', [event]).catch((error: unknown) => {
      lost += 1;
      onLost(error, lost);
    });
  }

  return { emit, lost: () => lost, emitted: () => seq };
}
