import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { kafkaClients } from '../../stream/kafka/config-schema.ts';
import { programPath } from '../../test/lab/program-path.ts';

export interface PaceData {
  readonly client: (typeof kafkaClients)[number];
  readonly broker: string;
  readonly prefix: string;
  /** Observations of the events that are repeated: one a key. */
  readonly perSecond: number;
  readonly seed: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

/** Sends at a steady pace from a thread of its own; `onBegin` once it is connected. Resolves when all is sent. */
export async function sendAtPace(data: PaceData, onBegin: () => void, signal: AbortSignal): Promise<void> {
  const worker = new Worker(programPath(import.meta.url, './pace-thread'), { workerData: data });
  try {
    await once(worker, 'message', { signal });
    onBegin();
    await once(worker, 'message', { signal });
  } finally {
    await worker.terminate();
  }
}
