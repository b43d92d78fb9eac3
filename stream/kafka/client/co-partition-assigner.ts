import kafkajs, { type PartitionAssigner } from 'kafkajs';
import { givePartitionsToOne, spreadPartitions } from './spread-partitions.ts';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/**
 * Gives partition n of every subscribed topic to one member, so that an input and the state kept for it come
 * together, and lets members keep what they have. `owned` is told to the leader with each join.
 */
export function createCoPartitionAssigner(
  owned: () => readonly number[],
  manner: 'spread' | 'sole',
): PartitionAssigner {
  return ({ cluster }) => ({
    name: `saccade-${manner}`,
    version: 1,
    async assign({ members, topics }) {
      const counts = new Map(
        topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]),
      );
      const share = manner === 'spread' ? spreadPartitions : givePartitionsToOne;
      const spread = share(
        members.map(({ memberId, memberMetadata }) => ({ id: memberId, owned: ownedOf(memberMetadata) })),
        Math.max(0, ...counts.values()),
      );
      return [...spread].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: 1,
          assignment: Object.fromEntries(
            topics.map((topic) => [topic, partitions.filter((one) => one < (counts.get(topic) ?? 0))]),
          ),
          userData: Buffer.alloc(0),
        }),
      }));
    },
    protocol({ topics }) {
      const userData = Buffer.from(JSON.stringify(owned()));
      return { name: this.name, metadata: MemberMetadata.encode({ version: 1, topics, userData }) };
    },
  });
}

/** What another member says is not trusted to be well formed: at worst it keeps nothing. */
function ownedOf(metadata: Buffer): readonly number[] {
  try {
    const { userData } = MemberMetadata.decode(metadata) ?? { userData: Buffer.alloc(0) };
    const value: unknown = JSON.parse(userData.toString());
    return Array.isArray(value) ? value.filter((one): one is number => Number.isInteger(one)) : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return [];
    throw error;
  }
}
