import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.ts';
import { type Behind, createJudgeHost, type KafkaRig } from './kafka-rig.ts';
import { type PaceData, sendAtPace } from './pace.ts';

/** Events a second through a consumer that only counts them. */
export async function measureRaw(rig: KafkaRig, events: number): Promise<number> {
  const topic = rig.plan.physical('signals');
  const done = Promise.withResolvers<void>();
  let seen = 0;
  let firstMs: number | undefined;
  const consumer = rig.client.createGroupConsumer({
    group: `${rig.plan.prefix}.raw`,
    topics: [topic],
    owned: () => [],
    onAssigned: (assigned) => assigned.forEach((partition) => consumer.seek(topic, partition, 0)),
    onBatch: ({ messages }) => {
      firstMs ??= performance.now();
      seen += messages.length;
      if (seen >= events) done.resolve();
      return Promise.resolve();
    },
    onCrash: (error) => done.reject(error),
  });
  try {
    await consumer.start();
    await done.promise;
    return (seen * 1000) / (performance.now() - (firstMs ?? 0));
  } finally {
    await consumer.stop();
  }
}

/** Events a second through the judge: from its first decision to its last. */
export async function measureJudged(rig: KafkaRig, events: number): Promise<number> {
  const done = Promise.withResolvers<void>();
  let decided = 0;
  let firstMs: number | undefined;
  const { host } = createJudgeHost(rig, () => {
    firstMs ??= performance.now();
    decided += 1;
    if (decided === events) done.resolve();
  });
  try {
    await host.start();
    await done.promise;
    return (decided * 1000) / (performance.now() - (firstMs ?? 0));
  } finally {
    await host.stop();
  }
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly records: number;
}

/** Milliseconds from the broker's time of a record to its decision, at a steady pace. */
export async function measureLatency(rig: KafkaRig, pace: PaceData, signal: AbortSignal): Promise<Latency> {
  const latencies: number[] = [];
  let measuring = false;
  const judge = createJudgeHost(rig, (atMs) => measuring && latencies.push(Date.now() - atMs));
  try {
    await judge.host.start();
    await caughtUp(rig, judge.behind, signal);
    await sendAtPace(pace, () => (measuring = true), signal);
    await caughtUp(rig, judge.behind, signal);
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), records: latencies.length };
  } finally {
    await judge.host.stop();
  }
}

async function caughtUp({ client, plan }: KafkaRig, behind: Behind, signal: AbortSignal): Promise<void> {
  const admin = client.createAdmin();
  await admin.connect();
  try {
    // Ticks go on being appended, so "up to what there was" is the most that can be had.
    const ends = await admin.offsets(plan.physical('signals'));
    while (behind(ends) !== 0) await sleep(50, undefined, { signal });
  } finally {
    await admin.close();
  }
}
