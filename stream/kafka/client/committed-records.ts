import type { Consumer, RecordsBatch } from '@platformatic/kafka';

export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];

/** Bits of a batch's attributes, https://kafka.apache.org/documentation/#recordbatch */
const logAppendTime = 0x08;
const transactional = 0x10;
const control = 0x20;
/** Type of a control record, in its key behind the version. */
const abortMarker = 0;

/**
 * Batches of records that are there for good: without control records and what aborted transactions left. The
 * library filters too, but of several aborted transactions of one producer within a fetch it knows only the last.
 */
export function* committedBatches({
  records,
  abortedTransactions,
}: FetchedPartition): Iterable<RecordsBatch> {
  const aborted = (abortedTransactions ?? []).toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const open = new Set<bigint>();
  for (const batch of records ?? []) {
    const lastOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let next = aborted[0]; next !== undefined && next.firstOffset <= lastOffset; next = aborted[0]) {
      open.add(next.producerId);
      aborted.shift();
    }
    if ((batch.attributes & control) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === abortMarker) open.delete(batch.producerId);
    } else if ((batch.attributes & transactional) === 0 || !open.has(batch.producerId)) yield batch;
  }
}

/** The broker's clock where the topic says so (the time of its batch), else the producer's. */
export function timestampOf(batch: RecordsBatch, record: RecordsBatch['records'][number]): number {
  return Number(
    (batch.attributes & logAppendTime) !== 0
      ? batch.maxTimestamp
      : batch.firstTimestamp + record.timestampDelta,
  );
}

/** Behind everything that the fetch brought, control records included; undefined: it brought nothing. */
export function offsetBehind({ records }: FetchedPartition): number | undefined {
  const last = records?.at(-1);
  return last === undefined ? undefined : Number(last.firstOffset) + last.lastOffsetDelta + 1;
}
