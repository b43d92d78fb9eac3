import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCloudEvent } from '../cloud-event.ts';
import { openEmbeddedLog } from '../embedded/embedded-log.ts';
import type { Topic } from '../port.ts';
import { silentLogger } from '../stream-logger.ts';
import type { GroupConsumerOptions, IncomingBatch, IncomingMessage, KafkaClient } from './client/port.ts';
import { encodeEvent } from './event-codec.ts';
import { noKafkaMetrics } from './kafka-metrics.ts';
import { createMirror } from './mirror.ts';
import { createTopicPlan } from './topic-plan.ts';

const plan = createTopicPlan({ prefix: 'm', partitions: 1, replication: 1 });
const mirrored = ['alerts', 'captures', 'notifications'] as const satisfies readonly Topic[];
const clock = { nowMs: () => 1_000_000 };

interface Kept {
  readonly id: string;
  readonly offset: number;
  readonly atMs: number;
}

/** A broker's partitions as lists, and a consumer that hands out what the test says, when it says so. */
class ScriptedKafka {
  readonly kept = new Map<Topic, Kept[]>();
  readonly ends = new Map<Topic, number>();
  readonly lows = new Map<Topic, number>();
  readonly paused = new Set<string>();
  readonly seeks = new Map<string, number>();
  group: GroupConsumerOptions | undefined;
  joins = 0;
  /** Another has the topics at first. */
  inReserve = false;

  keep(topic: Topic, ...records: readonly (readonly [id: string, atMs: number])[]): void {
    const list = this.kept.get(topic) ?? [];
    for (const [id, atMs] of records) list.push({ id, atMs, offset: list.length });
    this.kept.set(topic, list);
    this.ends.set(topic, list.length);
  }

  client(): KafkaClient {
    const unused = (): never => {
      throw new Error('not part of this');
    };
    return {
      createAdmin: unused,
      createSender: unused,
      createFencedWriter: unused,
      createGroupConsumer: (group) => {
        this.group = group;
        this.joins += 1;
        this.paused.clear();
        return {
          start: async () => group.onAssigned(this.inReserve ? [] : [0]),
          stop: async () => undefined,
          seek: (topic, _partition, offset) => void this.seeks.set(topic, offset),
          pause: (topic) => void this.paused.add(topic),
          resume: (topic) => void this.paused.delete(topic),
          commit: async () => undefined,
        };
      },
    };
  }

  admin() {
    return {
      connect: async () => undefined,
      close: async () => undefined,
      offsets: async (physical: string) => {
        const topic = plan.logical(physical) ?? 'dead';
        return [{ low: this.lows.get(topic) ?? 0, end: this.ends.get(topic) ?? 0 }];
      },
      describeTopics: async () => [],
      createTopics: async () => undefined,
      deleteTopics: async () => undefined,
    };
  }

  /** As a consumer does: never of a paused partition. */
  async deliver(topic: Topic, count: number, nextOffset?: number): Promise<void> {
    const physical = plan.physical(topic);
    expect(this.paused).not.toContain(physical);
    const from = this.seeks.get(physical) ?? 0;
    const messages = (this.kept.get(topic) ?? []).slice(from, from + count).map(toMessage);
    const next = nextOffset ?? from + messages.length;
    this.seeks.set(physical, next);
    const batch = { topic: physical, partition: 0, messages, nextOffset: next, endOffset: next };
    await this.group?.onBatch(batch satisfies IncomingBatch);
  }
}

function toMessage({ id, offset, atMs }: Kept): IncomingMessage {
  const event = createCloudEvent({
    id,
    source: '/test',
    type: 'test',
    timeMs: atMs,
    partitionkey: 'k',
    data: {},
  });
  const { key, value, headers = {} } = encodeEvent(event);
  return { offset, timestampMs: atMs, key, value, headers };
}

function startMirror(kafka: ScriptedKafka) {
  const directory = mkdtempSync(join(tmpdir(), 'saccade-mirror-'));
  const log = openEmbeddedLog({ path: join(directory, 'log.db'), clock });
  const mirror = createMirror({
    client: kafka.client(),
    admin: kafka.admin(),
    plan,
    group: 'g',
    topics: mirrored,
    log,
    accepts: () => true,
    firstFrom: 'beginning',
    validate: () => undefined,
    clock,
    logger: silentLogger,
    metrics: noKafkaMetrics,
    onFatal: (error) => expect.unreachable(error.message),
    onTakenOver: () => expect.unreachable('taken over'),
  });
  onTestFinished(async () => {
    await mirror.stop();
    log.close();
    rmSync(directory, { recursive: true });
  });
  let caughtUp = false;
  void mirror.caughtUp().then(() => (caughtUp = true));
  mirror.start();
  const stored = (): readonly string[] => {
    const rows = log.database.prepare('SELECT event_id AS id FROM records ORDER BY offset').all();
    return rows.map(({ id }) => String(id));
  };
  return { mirror, log, stored, isCaughtUp: () => caughtUp };
}

const joined = (kafka: ScriptedKafka, times = 1): Promise<void> =>
  expect.poll(() => kafka.joins, { timeout: 10_000 }).toBe(times);

describe('a mirror that catches up', () => {
  it('stores a cause before its effect, however the topics are read', async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10], ['resolves', 40]);
    kafka.keep('notifications', ['queued', 10], ['sent', 20], ['edited', 50]);
    const { stored, isCaughtUp } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('notifications', 2);
    expect(stored()).toEqual([]);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires']);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires', 'queued', 'sent']);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('notifications', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'queued', 'sent', 'resolves', 'edited']);
    expect(kafka.paused).toEqual(new Set());
  });

  it('stores what comes later as it comes', async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10]);
    const { stored, isCaughtUp } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('alerts', 1);
    await expect.poll(isCaughtUp).toBe(true);
    kafka.keep('notifications', ['sent', 70]);
    kafka.keep('alerts', ['resolves', 60]);
    await kafka.deliver('notifications', 1);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires', 'sent', 'resolves']);
  });

  it('is up to date where markers of transactions are the last of a topic', async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10]);
    kafka.ends.set('alerts', 3);
    const { mirror, isCaughtUp } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('alerts', 1, 2);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('alerts', 0, 3);
    await expect.poll(isCaughtUp).toBe(true);
    expect(mirror.lag()).toBe(0);
  });

  it('reads anew what it held when its consumer ended', async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { stored, isCaughtUp } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('notifications', 1);
    const late = kafka.group;
    kafka.group?.onCrash(new Error('the broker went away'));
    await joined(kafka, 2);
    await late?.onBatch({
      topic: plan.physical('notifications'),
      partition: 0,
      messages: [],
      nextOffset: 1,
      endOffset: 1,
    });
    await kafka.deliver('alerts', 1);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('notifications', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'sent']);
  });

  it('counts what was written while it was in reserve', async () => {
    const kafka = new ScriptedKafka();
    kafka.inReserve = true;
    const { mirror, stored, isCaughtUp } = startMirror(kafka);
    await joined(kafka);
    expect(mirror.lag()).toBeUndefined();
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    kafka.group?.onAssigned([0]);
    await kafka.deliver('notifications', 1);
    expect([isCaughtUp(), stored()]).toEqual([false, []]);
    await kafka.deliver('alerts', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'sent']);
  });

  it('does not wait for what retention deletes before it is read', { timeout: 20_000 }, async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { stored } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('notifications', 1);
    kafka.lows.set('alerts', 1);
    await expect.poll(stored, { timeout: 15_000 }).toEqual(['sent']);
  });

  it('stops while it waits for a topic', async () => {
    const kafka = new ScriptedKafka();
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { mirror, stored } = startMirror(kafka);
    await joined(kafka);
    await kafka.deliver('notifications', 1);
    await mirror.stop();
    expect(stored()).toEqual([]);
  });
});
