import { setTimeout as sleep } from 'node:timers/promises';
import { observationsType } from '../../stream/events/observation.ts';
import type { PartitionReader } from '../../stream/kafka/partition-reader.ts';
import type { Component } from '../lifecycle.ts';

export interface SignalPulseOptions {
  readonly reader: Pick<PartitionReader, 'read' | 'offsets'>;
  readonly everyMs: number;
  readonly onError: (error: Error) => void;
}

/** Whether observations enter the topic `signals`, seen by samples. */
export interface SignalPulse extends Component {
  /** Batches of observations that were met; grows while some come. */
  observed(): number;
}

/** Of each partition. */
const sampleRecords = 50;
/** Some may hold nothing but ticks. */
const maxPartitions = 8;

/** Looks every so often into what came last to the partitions that grew most, until it meets an observation. */
export function createSignalPulse({ reader, everyMs, onError }: SignalPulseOptions): SignalPulse {
  const stopping = new AbortController();
  let observed = 0;
  let before: readonly number[] | undefined;
  let done: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const ends = (await reader.offsets()).map(({ end }) => end);
    const known = before ?? ends;
    before = ends;
    const grown = ends
      .map((end, partition) => ({
        partition,
        from: known[partition] ?? 0,
        by: end - (known[partition] ?? 0),
      }))
      .filter(({ by }) => by > 0)
      .toSorted((a, b) => b.by - a.by);
    for (const { partition, from } of grown.slice(0, maxPartitions)) {
      const { messages } = await reader.read({ partition, from, last: sampleRecords });
      const met = messages.filter(({ headers }) => headers['ce_type'] === observationsType).length;
      observed += met;
      if (met > 0) return;
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look().catch(onError);
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    name: 'pulse',
    observed: () => observed,
    async start() {
      done = run();
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
