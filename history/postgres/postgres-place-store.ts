import type { PlaceStore, ReadBatch } from '../../stream/kafka/topic-reader.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import { assertCurrent } from './migrate-postgres.ts';
import { recordedOffset, type WriteLimits } from './postgres-history-writer.ts';
import { createPostgresPool } from './postgres-pool.ts';
import { writesOf } from './postgres-recorder.ts';
import { recordBatch } from './record-batch.ts';

export interface PostgresPlaceStoreOptions {
  readonly url: () => Promise<string>;
  readonly limits: WriteLimits;
  readonly logger: StreamLogger;
  /** Observations that found no room; records that the database does not take. */
  readonly onLeftOut: (reason: 'series' | 'refused', count: number) => void;
}

export interface PostgresPlaceStore extends PlaceStore {
  close(): Promise<void>;
}

/** Partitions that are written at once. */
const maxConnections = 4;

/** Writes what is read of Kafka into PostgreSQL, with the offset of each partition in the same transaction. */
export function createPostgresPlaceStore(options: PostgresPlaceStoreOptions): PostgresPlaceStore {
  const { url, limits, logger, onLeftOut } = options;
  const pool = createPostgresPool({ url, name: 'saccade record', maxConnections });

  function store({ place, after, next, records }: ReadBatch): Promise<boolean> {
    const all = records.map((record) => ({ offset: record.offset + 1, writes: writesOf(record) }));
    return pool.using(async (client) => {
      const batch = { after, offset: next, records: all };
      const result = await recordBatch(client, batch, {
        ...limits,
        recorder: nameOf(place),
        onRefused(offset, error) {
          onLeftOut('refused', 1);
          logger.error(
            { err: error, place, offset: offset - 1 },
            'history: PostgreSQL does not take this record',
          );
        },
      });
      if (result.kind === 'written' && result.leftOut > 0) onLeftOut('series', result.leftOut);
      return result.kind === 'written';
    });
  }

  return {
    next: (place) =>
      pool.using(async (client) => {
        await assertCurrent(client);
        return recordedOffset(client, nameOf(place));
      }),
    store,
    close: () => pool.close(),
  };
}

const nameOf = (place: string): string => `kafka/${place}`;
