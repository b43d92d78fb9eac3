import type { DatabaseSync } from 'node:sqlite';
import type { TransactionalStage } from '../stream/embedded/transactional-stage.ts';
import { topics, type StreamRecord } from '../stream/port.ts';
import { DestinationWriter } from './destination-writer.ts';
import type { EventWrite } from './event-statements.ts';
import { EventWriter } from './event-writer.ts';
import type { HistoryWrite } from './history-write.ts';
import { ObservationWriter } from './observation-writer.ts';
import type { SeriesIndex } from './series-index.ts';
import { toWrites } from './to-writes.ts';

export interface RecordStageOptions {
  readonly database: DatabaseSync;
  readonly series: SeriesIndex;
  /** Observations not kept because there are as many series as may be. */
  readonly onDropped: (count: number) => void;
}

/**
 * Writes down all that moves. Its rows join the transaction of its offset, so the history holds each record's
 * effect exactly once, which observations need: their fields add up.
 */
export function createRecordStage(options: RecordStageOptions): TransactionalStage {
  const { database, series, onDropped } = options;
  const events = new EventWriter(database);
  const observations = new ObservationWriter(database, series, onDropped);
  const destinations = new DestinationWriter(database);
  let writes: HistoryWrite[] = [];
  return {
    name: 'record',
    inputs: topics,
    restore: () => undefined,
    process(record: StreamRecord) {
      writes.push(...toWrites(record));
      return [];
    },
    drainState: () => [],
    // Observations by the second may come some seconds late; what people wait for may not.
    mayWait: () => !writes.some(isEvent),
    tickWithinMs: () => Infinity,
    commitInto() {
      series.begin();
      for (const write of writes) if (isEvent(write)) events.write(write);
      observations.writeAll(writes.filter((write) => write.kind === 'observation'));
      destinations.writeAll(writes.filter((write) => write.kind === 'destination'));
    },
    committed() {
      series.committed();
      writes = [];
    },
  };
}

function isEvent(write: HistoryWrite): write is EventWrite {
  return write.kind !== 'observation' && write.kind !== 'destination';
}
