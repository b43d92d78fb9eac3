import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import { kafkaClients } from '../../stream/kafka/config-schema.ts';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { startBroker } from '../../test/kafka/broker.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import { shippedRule } from '../engine/measure-keys.ts';
import { machineConditions } from '../machine.ts';
import { openRig, partitions } from './kafka-rig.ts';
import { loadEvents, measureJudged, measureLatency, measureRaw, measureRestore } from './measure-kafka.ts';

const seed = 20_261_121;
/** Of what the judge managed without a pace. */
const paceShare = 0.7;

export const kafkaBenchmark: Benchmark = {
  name: 'kafka',
  description:
    'the judge over a real broker and both clients: share of raw consumption, time to decide, restore',
  run,
};

interface Sizes {
  /** Keys of the judge: one an observation of a second. */
  readonly keys: number;
  /** Each key once in each of these. */
  readonly seconds: number;
  readonly paceSeconds: number;
}

async function run({ quick, progress, signal }: BenchmarkOptions): Promise<BenchmarkResult> {
  const sizes: Sizes = quick
    ? { keys: 2_000, seconds: 3, paceSeconds: 5 }
    : { keys: 100_000, seconds: 5, paceSeconds: 60 };
  const conditions = {
    ...machineConditions(),
    partitions,
    seed,
    ...sizes,
    broker: 'Kafka 4.1.1, same machine',
  };
  const rows: BenchmarkRow[] = [];
  await using broker = await startBroker();
  for (const name of kafkaClients) {
    progress(`${name}: ${sizes.keys} keys`);
    const client = createKafkaClient[name]({ brokers: [broker.address], clientId: `bench-${name}` });
    rows.push(await measureClient(name, sizes, await openRig(client, name, await shippedRule()), signal));
  }
  return { benchmark: 'kafka', conditions, rows, notes };
}

async function measureClient(
  name: string,
  { keys, seconds, paceSeconds }: Sizes,
  rig: Awaited<ReturnType<typeof openRig>>,
  signal: AbortSignal,
): Promise<BenchmarkRow> {
  try {
    const events = loadEvents(keys, seconds, seed);
    const rowsAnEvent = (keys * seconds) / events.length;
    await rig.send(events);
    const total = events.length + partitions;
    // A broker that has just started answers for a while that it is loading.
    const raw = await untilBroker(() => measureRaw(rig, total), { logger: silentLogger, signal });
    signal.throwIfAborted();
    const judged = await measureJudged(rig, total);
    const restore = await measureRestore(rig, signal);
    const pace = { eventsPerSecond: judged * paceShare, seconds: paceSeconds };
    const latency = await measureLatency(rig, events, pace, signal);
    return {
      name,
      figures: {
        'raw, events/s': Math.round(raw),
        'judged, events/s': Math.round(judged),
        'judged, obs/s': Math.round(judged * rowsAnEvent),
        'judged ÷ raw': judged / raw,
        'to decide at 70 %, ms p50': latency.p50,
        'ms p99': latency.p99,
        'restore, s': restore.seconds,
        'entries restored': restore.entries,
      },
    };
  } finally {
    await rig.close();
  }
}

const notes: readonly string[] = [
  'raw: a consumer of the same client that only counts; judged: the host as an engine runs it, from its first decision to its last, state flushed to a compacted topic every second. Both read what was there before.',
  'to decide: from the time that the broker gave a record to the moment when what the judge made of it is with the broker, at 70 % of what it managed unpaced; in whole milliseconds, both clocks are those of one machine.',
  'restore: from the opening of a partition to its first input, the slowest of the partitions; the time to fence the predecessor is in it.',
  'Broker, producer and engine share the processors.',
];
