import { packageRoot } from '../app/package-root.ts';
import { systemClock } from '../stream/clock.ts';
import { openEmbeddedLog } from '../stream/embedded/embedded-log.ts';
import type { CloudEvent } from '../stream/cloud-event.ts';
import { rulesLoadedSchema, rulesLoadedType, tickType } from '../stream/events/control.ts';
import { type StreamRecord, topics } from '../stream/port.ts';
import { createRecordingWriter } from '../stream/write-recording.ts';

const batch = 1000;

export interface RecordOptions {
  /** The detector's database; nobody else may have it open. */
  readonly database: string;
  readonly file: string;
  readonly learnMs: number;
  /** Picks, by its JSON, what is about the demo: the rest of the machine is nobody's business. Control events stay. */
  readonly isOurs: (json: string) => boolean;
}

const controlTypes: ReadonlySet<string> = new Set([tickType, rulesLoadedType]);

/** Copies what a log holds of the demo into a recording. Resolves to the number of events. */
export async function recordLog(options: RecordOptions): Promise<number> {
  await using log = openEmbeddedLog({ path: options.database, clock: systemClock });
  const writer = await createRecordingWriter(options.file, {
    saccade_recording: 1,
    recorded_at: new Date().toISOString(),
    learn_ms: options.learnMs,
    rules_revision: findRevision(log),
    topics: [...topics],
  });
  let count = 0;
  for (let offset = 0; ;) {
    const entries = log.records.read(topics, offset, batch);
    const last = entries.at(-1);
    if (last === undefined) break;
    offset = last.kind === 'record' ? last.record.offset : last.offset;
    for (const entry of entries) {
      if (entry.kind === 'corrupt' || !isWanted(entry.record.event, options)) continue;
      await writer.write(withoutOurFolder(entry.record));
      count++;
    }
  }
  await writer.close();
  return count;
}

/** Where this program lies on the machine that records, as in paths of rules and processes, is nobody's business. */
function withoutOurFolder(record: StreamRecord): StreamRecord {
  const event = JSON.parse(JSON.stringify(record.event).replaceAll(`${packageRoot}/`, '')) as CloudEvent;
  return { ...record, event };
}

function isWanted(event: CloudEvent, { isOurs }: RecordOptions): boolean {
  return controlTypes.has(event.type) || isOurs(JSON.stringify(event.data));
}

/** Of the rules that were loaded first. */
function findRevision(log: Pick<ReturnType<typeof openEmbeddedLog>, 'records'>): string | null {
  for (const entry of log.records.read(['signals'], 0, batch)) {
    if (entry.kind !== 'record' || entry.record.event.type !== rulesLoadedType) continue;
    return rulesLoadedSchema.parse(entry.record.event.data).revision;
  }
  return null;
}
