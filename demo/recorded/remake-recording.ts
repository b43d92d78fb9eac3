import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultNotifyConfig } from '../../notifiers/config/notify-config.ts';
import { type Transition, transitionType } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { readRecording } from '../../stream/read-recording.ts';
import { createRecordingWriter } from '../../stream/write-recording.ts';
import { playRecords } from './play.ts';
import { isSource } from './source-records.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * `node demo/recorded/remake-recording.ts FROM TO`, after a change of the engine that means its transitions to differ:
 * what came from outside stays as it was recorded, the transitions are those that today's engine makes of it.
 */
const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error('name a recording and the file to write');
await remake(from, to);

async function remake(path: string, target: string): Promise<void> {
  const { header, records } = await readRecording(path);
  const all: StreamRecord[] = [];
  for await (const record of records) all.push(record);
  const sources = all.filter(isSource);
  const transitions = await play(sources);
  const made = transitions.flatMap((transition) => asRecord(transition, all) ?? []);
  if (made.length !== transitions.length)
    throw new Error('the engine makes transitions that were not recorded: record anew (demo --record)');
  const writer = await createRecordingWriter(target, header);
  const ordered = [...sources, ...made].toSorted((a, b) => a.appendedAtMs - b.appendedAtMs);
  const offsets = new Map<string, number>();
  for (const record of ordered) {
    const place = `${record.topic}/${record.partition}`;
    const offset = (offsets.get(place) ?? 0) + 1;
    offsets.set(place, offset);
    await writer.write({ ...record, offset });
  }
  await writer.close();
}

async function play(sources: readonly StreamRecord[]): Promise<readonly Transition[]> {
  const directory = await mkdtemp(join(tmpdir(), 'saccade-remake-'));
  try {
    return await playRecords({
      directory,
      records: sources,
      notify: defaultNotifyConfig,
      environment: {},
      clock: new VirtualClock(sources[0]?.appendedAtMs ?? 0, 10),
      onRecord: () => undefined,
      signal: new AbortController().signal,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** In the envelope of the one that it replaces; undefined: there was none. */
function asRecord(transition: Transition, all: readonly StreamRecord[]): StreamRecord | undefined {
  const before = all.find(
    ({ event }) => event.type === transitionType && isSame(event.data as Transition, transition),
  );
  if (before === undefined) return undefined;
  const time = new Date(transition.at_ms).toISOString();
  return { ...before, appendedAtMs: transition.at_ms, event: { ...before.event, time, data: transition } };
}

function isSame(a: Transition, b: Transition): boolean {
  return a.fingerprint === b.fingerprint && a.episode === b.episode && a.seq === b.seq;
}
