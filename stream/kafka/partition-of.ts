import { Partitioners } from 'kafkajs';

const choose = Partitioners.DefaultPartitioner();

/** Where the events of a key are: as every client of Kafka computes it (murmur2), whichever of ours has written them. */
export function partitionOf(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return choose({ topic: '', partitionMetadata, message: { key, value: null } });
}
