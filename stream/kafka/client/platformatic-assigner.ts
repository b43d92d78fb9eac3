import type { GroupPartitionsAssigner } from '@platformatic/kafka';
import { givePartitionsToOne, spreadPartitions } from './spread-partitions.ts';

/** As `createCoPartitionAssigner`, with the same words on the wire: members of both clients may share a group. */
export function createPlatformaticAssigner(manner: 'spread' | 'sole'): GroupPartitionsAssigner {
  const share = manner === 'spread' ? spreadPartitions : givePartitionsToOne;
  return (_current, members, topics, metadata) => {
    const counts = new Map(
      [...topics].map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 0]),
    );
    const shares = share(
      [...members].map(([id, { metadata: owned }]) => ({ id, owned: parseOwned(owned) })),
      Math.max(0, ...counts.values()),
    );
    return [...shares].map(([memberId, partitions]) => ({
      memberId,
      assignments: new Map(
        [...counts].map(([topic, count]) => [
          topic,
          { topic, partitions: partitions.filter((one) => one < count) },
        ]),
      ),
    }));
  };
}

/** What another member says is not trusted to be well formed: at worst it keeps nothing. */
function parseOwned(metadata: Buffer | string | undefined): readonly number[] {
  try {
    const value: unknown = JSON.parse(metadata?.toString() ?? '');
    return Array.isArray(value) ? value.filter((one): one is number => Number.isInteger(one)) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
