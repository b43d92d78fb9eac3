import { expect, it } from 'vitest';
import { partitionOf } from './partition-of.ts';

it('is where every client of Kafka puts a key', () => {
  // Of the tests of Kafka's own client: toPositive(murmur2(key)) % partitions.
  // https://github.com/apache/kafka/blob/4.1.1/clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java
  expect(partitionOf('21', 1_000)).toBe((-973932308 & 0x7fffffff) % 1_000);
  expect(partitionOf('foobar', 1_000)).toBe((-790332482 & 0x7fffffff) % 1_000);
  expect(partitionOf('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', 64)).toBe(
    (-58897971 & 0x7fffffff) % 64,
  );
  expect(partitionOf('any', 1)).toBe(0);
});
