import { freemem } from 'node:os';
import type { KafkaSender, OutgoingMessage } from '../../stream/kafka/client/port.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { startLabProcess } from '../../test/lab/start-lab-process.ts';
import { type KafkaRig, partitions } from './kafka-rig.ts';
import { readJudgedKeys } from './read-state.ts';

export interface Restore {
  readonly seconds: number;
  readonly entries: number;
  readonly residentBytes: number;
}

/** Heap and copies while it loads: more keys than fit are not asked for. */
const bytesPerKey = 12_000;
const sendChunk = 2_000;
const withinMs = 180_000;

/** The share of `keys` that this machine has memory for now. */
export function affordableKeys(keys: number, freeBytes: number = freemem()): number {
  return Math.min(keys, Math.floor(freeBytes / bytesPerKey));
}

/**
 * Copies the state that the judges have written under further names until there are `keys` of them. They go where the state
 * is, before the claim of the next reader, as what its predecessors wrote.
 */
export async function fillState(rig: KafkaRig, keys: number, signal: AbortSignal): Promise<void> {
  const topic = rig.plan.state('judge');
  const originals = [...(await readJudgedKeys(rig.client, topic, partitions, signal))];
  const sender = rig.client.createSender();
  try {
    const copies = Math.max(0, Math.ceil(keys / originals.length) - 1);
    for (let copy = 1; copy <= copies; copy += 1)
      await sendAll(
        sender,
        originals.map(([key, { partition, value }]) => ({
          topic,
          partition,
          key: renamed(key, copy),
          value,
        })),
      );
  } finally {
    await sender.close();
  }
}

/** Of the parts of a key (engine/judge-memory.ts): the rule, the cluster, what the rule is by. */
const separator = '\u001f';

/** As of another cluster. */
export function renamed(key: string, copy: number): string {
  const [rule = '', cluster = '', ...by] = key.split(separator);
  return [rule, `${cluster}-${copy}`, ...by].join(separator);
}

async function sendAll(sender: KafkaSender, messages: readonly OutgoingMessage[]): Promise<void> {
  for (let n = 0; n < messages.length; n += sendChunk) await sender.send(messages.slice(n, n + sendChunk));
}

/** Seconds until the slowest partition has read its state and takes input, in a process that has just started. */
export async function measureRestore(
  rig: KafkaRig,
  place: { readonly client: string; readonly broker: string },
): Promise<Restore> {
  const program = programPath(import.meta.url, './restore-program');
  const where = ['--client', place.client, '--broker', place.broker, '--prefix', rig.plan.prefix];
  const engine = startLabProcess(
    process.execPath,
    ['--max-old-space-size=16384', program, ...where],
    `an engine that loads ${partitions} partitions`,
  );
  try {
    await engine.waitForLine((line) => line.includes('"entries"'), withinMs);
    const { seconds, entries, resident_bytes: residentBytes } = engine.latestJson ?? {};
    return { seconds: Number(seconds), entries: Number(entries), residentBytes: Number(residentBytes) };
  } finally {
    await engine.stop();
  }
}
