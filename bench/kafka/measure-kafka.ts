import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { tickType } from '../../stream/events/control.ts';
import { ObservationLoad } from '../engine/observation-load.ts';
import { quantile } from '../statistics.ts';
import { asOfNow, type Behind, createJudgeHost, type KafkaRig, partitions } from './kafka-rig.ts';

/** Seconds of `perSecond` observations each, as events; ticks come from the host. */
export function loadEvents(perSecond: number, seconds: number, seed: number): readonly CloudEvent[] {
  const load = new ObservationLoad(perSecond, seed);
  return Array.from({ length: seconds }, () => load.next().records)
    .flat()
    .filter(({ event }) => event.type !== tickType)
    .map(({ event }) => asOfNow(event));
}

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

export interface Pace {
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

const paceStepMs = 100;

/** Milliseconds from the broker's time of a record to its decision, at a steady pace. */
export async function measureLatency(
  rig: KafkaRig,
  events: readonly CloudEvent[],
  { eventsPerSecond, seconds }: Pace,
  signal: AbortSignal,
): Promise<{ readonly p50: number; readonly p99: number; readonly records: number }> {
  const latencies: number[] = [];
  let measuring = false;
  const judge = createJudgeHost(rig, (atMs) => measuring && latencies.push(Date.now() - atMs));
  try {
    await judge.host.start();
    await caughtUp(rig, judge.behind, signal);
    measuring = true;
    const step = Math.max(1, Math.round((eventsPerSecond * paceStepMs) / 1000));
    const startMs = performance.now();
    let sending = Promise.resolve();
    for (let n = 0, at = 0; n < (seconds * 1000) / paceStepMs; n += 1, at += step) {
      const part = events.slice(at % events.length).slice(0, step);
      // A repeat would be dropped unjudged.
      sending = sending.then(() =>
        rig.send(part.map((event, m) => ({ ...asOfNow(event), id: `pace/${at + m}` }))),
      );
      await sleep(Math.max(0, startMs + (n + 1) * paceStepMs - performance.now()), undefined, { signal });
    }
    await sending;
    await caughtUp(rig, judge.behind, signal);
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), records: latencies.length };
  } finally {
    await judge.host.stop();
  }
}

/** Seconds until the slowest partition has read its state and takes input again. */
export async function measureRestore(
  rig: KafkaRig,
  signal: AbortSignal,
): Promise<{ readonly seconds: number; readonly entries: number }> {
  const restored: { readonly seconds: number; readonly entries: number }[] = [];
  const done = Promise.withResolvers<void>();
  const { host } = createJudgeHost(rig, () => undefined, {
    restored(_stage, seconds, entries) {
      restored.push({ seconds, entries });
      if (restored.length === partitions) done.resolve();
    },
  });
  signal.addEventListener('abort', () => done.reject(new Error('interrupted')), { once: true });
  try {
    await host.start();
    await done.promise;
    return {
      seconds: Math.max(...restored.map(({ seconds }) => seconds)),
      entries: restored.reduce((sum, { entries }) => sum + entries, 0),
    };
  } finally {
    await host.stop();
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
