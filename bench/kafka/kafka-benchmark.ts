import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import { kafkaClients } from '../../stream/kafka/config-schema.ts';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { startBroker } from '../../test/kafka/broker.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import { shippedRule } from '../engine/measure-keys.ts';
import { machineConditions } from '../machine.ts';
import { type KafkaRig, openRig, partitions } from './kafka-rig.ts';
import { loadEvents } from './load-events.ts';
import { measureJudged, measureLatency, measureRaw } from './measure-kafka.ts';
import { affordableKeys, fillState, measureRestore } from './measure-restore.ts';

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
  /** Of the state that is loaded; those beyond `keys` are copies under other names. */
  readonly restoredKeys: number;
}

interface Side {
  readonly name: (typeof kafkaClients)[number];
  readonly broker: string;
  readonly rig: KafkaRig;
}

async function run({ quick, progress, signal }: BenchmarkOptions): Promise<BenchmarkResult> {
  const sizes: Sizes = quick
    ? { keys: 2_000, seconds: 5, paceSeconds: 5, restoredKeys: 10_000 }
    : { keys: 100_000, seconds: 5, paceSeconds: 20, restoredKeys: affordableKeys(1_000_000) };
  const conditions = {
    ...machineConditions(),
    partitions,
    seed,
    ...sizes,
    broker: 'Kafka 4.1.1, same machine',
  };
  const rows: BenchmarkRow[] = [];
  const sides: Side[] = [];
  await using broker = await startBroker();
  for (const name of kafkaClients) {
    progress(`${name}: ${sizes.keys} keys`);
    const client = createKafkaClient[name]({ brokers: [broker.address], clientId: `bench-${name}` });
    const side = { name, broker: broker.address, rig: await openRig(client, name, await shippedRule()) };
    sides.push(side);
    rows.push(await measureJudging(side, sizes, progress, signal));
  }
  rows.push(...(await measureStarts(sides, sizes.restoredKeys, progress, signal)));
  return { benchmark: 'kafka', conditions, rows, notes };
}

async function measureJudging(
  { name, broker, rig }: Side,
  { keys, seconds, paceSeconds }: Sizes,
  progress: (line: string) => void,
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
    progress(`${name}: ${Math.round(judged)} events/s judged, ${Math.round(raw)} read; now at 70 % of that`);
    const load = { client: name, broker, prefix: rig.plan.prefix, perSecond: keys, seed };
    const pace = { ...load, eventsPerSecond: judged * paceShare, seconds: paceSeconds };
    const latency = await measureLatency(rig, pace, signal);
    return {
      name,
      figures: {
        'raw, events/s': Math.round(raw),
        'judged, events/s': Math.round(judged),
        'judged, obs/s': Math.round(judged * rowsAnEvent),
        'judged ÷ raw, %': (judged / raw) * 100,
        'to decide at 70 %, ms p50': latency.p50,
        'ms p99': latency.p99,
        records: latency.records,
      },
    };
  } finally {
    await rig.close();
  }
}

/** Both load the state that the first has written: on the wire they are the same. */
async function measureStarts(
  sides: readonly Side[],
  keys: number,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchmarkRow[]> {
  const state = sides[0]?.rig;
  if (state === undefined) return [];
  progress(`writing the state of ${keys} keys`);
  await fillState(state, keys, signal);
  const rows: BenchmarkRow[] = [];
  for (const { name, broker } of sides) {
    signal.throwIfAborted();
    progress(`${name}: loading them`);
    const restore = await measureRestore(state, { client: name, broker });
    rows.push({
      name: `${name}, an engine’s start`,
      figures: {
        'restore, s': restore.seconds,
        'entries restored': restore.entries,
        'entries/s': Math.round(restore.entries / restore.seconds),
        'RSS, MB': Math.round(restore.residentBytes / 1e6),
      },
    });
  }
  return rows;
}

const notes: readonly string[] = [
  'raw: a consumer of the same client that only counts; judged: the host as an engine runs it, from its first decision to its last, state flushed to a compacted topic every second. Both read what was there before, nobody sends meanwhile.',
  'to decide: from the time that the broker gave a record to the moment when what the judge made of it is with the broker, at 70 % of what it managed unpaced; the producer runs in a thread of its own. In whole milliseconds; both clocks are those of one machine.',
  'restore: in a process that has just started, from the opening of a partition to its first input, the slowest of the partitions; the time to fence the predecessor is in it. Entries: keys of the judge and ids seen. The keys beyond those that were judged are copies of them under other names.',
  'Broker, producer and engine share the processors.',
];
