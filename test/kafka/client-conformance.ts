import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import type { IncomingMessage, KafkaClient, OutgoingMessage } from '../../stream/kafka/client/port.ts';

/** What the port promises, asked of a client directly. */
export function describeClientConformance(name: string, open: () => KafkaClient): void {
  const createTopic = async (partitions: number): Promise<string> => {
    const topic = `p${randomUUID().slice(0, 8)}`;
    const admin = open().createAdmin();
    await admin.connect();
    const config = { 'message.timestamp.type': 'LogAppendTime' };
    await admin
      .createTopics([{ name: topic, partitions, replication: 1, config }])
      .finally(() => admin.close());
    return topic;
  };
  const send = async (messages: readonly OutgoingMessage[]): Promise<void> => {
    const sender = open().createSender();
    await sender.send(messages).finally(() => sender.close());
  };
  /** Everything up to the message with this key. */
  const readOnce = async (topic: string, lastKey: string): Promise<readonly IncomingMessage[]> => {
    const messages: IncomingMessage[] = [];
    const done = Promise.withResolvers<void>();
    const consumer = open().createGroupConsumer({
      group: `g${randomUUID()}`,
      topics: [topic],
      owned: () => [],
      onAssigned: (partitions) => partitions.forEach((one) => consumer.seek(topic, one, 0)),
      onBatch: (batch) => {
        messages.push(...batch.messages);
        if (batch.messages.some(({ key }) => key === lastKey)) done.resolve();
        return Promise.resolve();
      },
      onCrash: (error) => done.reject(error),
    });
    try {
      await consumer.start();
      await done.promise;
    } finally {
      await consumer.stop();
    }
    return messages;
  };
  /** The highest `nextOffset` that it tells until it tells `goal`. */
  const readFurther = async (topic: string, from: number, goal: number): Promise<number> => {
    let reached = from;
    const done = Promise.withResolvers<void>();
    const consumer = open().createGroupConsumer({
      group: `g${randomUUID()}`,
      topics: [topic],
      owned: () => [],
      onAssigned: (partitions) => partitions.forEach((one) => consumer.seek(topic, one, from)),
      onBatch: async ({ nextOffset }) => {
        reached = Math.max(reached, nextOffset);
        if (reached >= goal) done.resolve();
      },
      onCrash: (error) => done.reject(error),
    });
    const timer = setTimeout(done.resolve, 15_000);
    try {
      await consumer.start();
      await done.promise;
    } finally {
      clearTimeout(timer);
      await consumer.stop();
    }
    return reached;
  };
  /** A broker that has just started answers that it is loading. */
  const readUntil = (topic: string, lastKey: string): Promise<readonly IncomingMessage[]> =>
    untilBroker(() => readOnce(topic, lastKey), {
      logger: silentLogger,
      signal: AbortSignal.timeout(50_000),
    });

  describe(`the port of ${name}`, () => {
    it('keeps keys, headers, tombstones and the time of the broker', { timeout: 60_000 }, async () => {
      const topic = await createTopic(1);
      const big = new Uint8Array(4_000).fill(7);
      await send([
        { topic, key: 'ä', value: Buffer.from('one'), headers: { ce_id: '1' } },
        { topic, key: 'gone', value: null },
        { topic, key: 'big', value: big },
      ]);
      const read = await readUntil(topic, 'big');
      expect(read.map(({ key, value, offset }) => [key, value && Buffer.from(value), offset])).toEqual([
        ['ä', Buffer.from('one'), 0],
        ['gone', null, 1],
        ['big', Buffer.from(big), 2],
      ]);
      expect(read[0]?.headers).toEqual({ ce_id: '1' });
      expect(Math.abs((read[0]?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('puts a key where Java clients put it', { timeout: 60_000 }, async () => {
      const topic = await createTopic(8);
      const keys = ['checkout', 'payments', 'netns/w1', 'netns/w2', 'a', 'zzzz', 'ö'];
      await send(keys.map((key) => ({ topic, key, value: Buffer.from(key) })));
      const admin = open().createAdmin();
      await admin.connect();
      const offsets = await admin.offsets(topic).finally(() => admin.close());
      // Utils.toPositive(Utils.murmur2(key)) % 8 of Kafka's own code.
      expect(offsets.map(({ end }) => end)).toEqual(javaCounts(keys, 8));
    });

    it('hides what writers left unfinished, and fences all but the last', { timeout: 60_000 }, async () => {
      const topic = await createTopic(1);
      const [first, second] = [open().createFencedWriter(topic), open().createFencedWriter(topic)];
      const one = (key: string): OutgoingMessage => ({
        topic,
        partition: 0,
        key,
        value: Buffer.from(key),
      });
      // Parts of a transaction go one after another; the broker refuses the second one, so the first is aborted.
      const large = { ...one('large'), value: Buffer.concat(Array.from({ length: 32 }, randomBytes)) };
      // Each leaves an aborted transaction of one and the same producer.
      for (const key of ['aborted-1', 'aborted-2']) {
        const failing = open().createFencedWriter(topic);
        await expect(failing.write([one(key), large])).rejects.toMatchObject({ code: 'KAFKA_TOO_LARGE' });
        await failing.close();
      }
      await first.write([one('kept')]);
      await second.write([one('taken-over')]);
      await expect(first.write([one('late')])).rejects.toMatchObject({ code: 'KAFKA_FENCED' });
      await Promise.all([first.close(), second.close()]);
      expect((await readUntil(topic, 'taken-over')).map(({ key }) => key)).toEqual(['kept', 'taken-over']);
    });

    it(
      'says how far it has read where a marker of a transaction is the last',
      { timeout: 60_000 },
      async () => {
        const topic = await createTopic(1);
        const writer = open().createFencedWriter(topic);
        await writer.write([{ topic, partition: 0, key: 'kept', value: Buffer.from('kept') }]);
        const large = Buffer.concat(Array.from({ length: 32 }, randomBytes));
        const spoilt = ['one', 'large'].map((key) => ({ topic, partition: 0, key, value: large }));
        await expect(writer.write(spoilt)).rejects.toMatchObject({ code: 'KAFKA_TOO_LARGE' });
        await writer.close();
        const admin = open().createAdmin();
        await admin.connect();
        const [{ end } = { end: 0 }] = await admin.offsets(topic).finally(() => admin.close());
        const kept = (await readUntil(topic, 'kept')).at(-1)?.offset ?? Infinity;
        expect(kept + 1).toBeLessThan(end);
        for (const from of [0, kept + 1]) expect(await readFurther(topic, from, end)).toBe(end);
      },
    );
  });
}

const randomBytes = (): Uint8Array => crypto.getRandomValues(new Uint8Array(65_536));

function javaCounts(keys: readonly string[], partitions: number): readonly number[] {
  const counts = Array.from({ length: partitions }, () => 0);
  for (const key of keys) {
    const at = (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** MurmurHash2 by Austin Appleby with Kafka's seed, 32 bits. */
function murmur2(data: Buffer): number {
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ data.length;
  const whole = data.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(data.readInt32LE(at), m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  for (let n = (data.length & 3) - 1; n >= 0; n -= 1) {
    h ^= (data[whole + n] ?? 0) << (8 * n);
    if (n === 0) h = Math.imul(h, m);
  }
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}
