import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { packageRoot } from '../../app/package-root.ts';
import { parseNotifyConfig, type NotifyConfig } from '../../notifiers/config/notify-config.ts';
import { type Capture, captureType } from '../../stream/events/capture.ts';
import type { Transition } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { readRecording } from '../../stream/read-recording.ts';
import { detectorConfig, tokenVariable } from '../detector-config.ts';
import type { DemoOptions } from '../options.ts';
import type { Reporter } from '../reporter.ts';
import type { Channel } from '../slack/channel.ts';
import { openChannel } from '../slack/look-alike.ts';
import { showThread } from '../outcome.ts';
import { type Trouble, troublesOf } from '../trouble.ts';
import { recordedTransitions, transitionDifferences } from './compare-transitions.ts';
import { playRecords } from './play.ts';
import { isSource } from './source-records.ts';
import { createTroubleFilter } from './trouble-rows.ts';
import { VirtualClock } from './virtual-clock.ts';

const shippedRecording = join(packageRoot, 'demo/recordings/troubles.ndjson.gz');
const speed = 4;

/** Plays a recording through the real engine and notifiers. true: it came out as it should. */
export async function runRecorded(
  options: DemoOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<boolean> {
  const path = typeof options.recorded === 'string' ? options.recorded : shippedRecording;
  const { header, records: stored } = await readRecording(path);
  const records: StreamRecord[] = [];
  for await (const record of stored) records.push(record);
  reporter.show([
    reporter.colors.yellow(`RECORDED on ${header.recorded_at}: ${path}, ${speed} times as fast.`),
    'What the kernel saw is from then; engine, rules, notifiers and their requests are real and of now.',
  ]);
  const played = await play(
    options.placebo ? withoutTroubles(records, header.learn_ms) : records,
    reporter,
    signal,
  );
  return options.placebo
    ? tellPlacebo(played, reporter)
    : tellPlay(played, recordedTransitions(records), reporter);
}

interface Played {
  readonly troubles: readonly Trouble[];
  readonly transitions: readonly Transition[];
  readonly captures: readonly Capture[];
}

/** A little longer than it learned: names of peers come with the next rows. */
const graceMs = 1_000;

function withoutTroubles(records: readonly StreamRecord[], learnMs: number | null): readonly StreamRecord[] {
  const filter = createTroubleFilter((records[0]?.appendedAtMs ?? 0) + (learnMs ?? 0) + graceMs);
  return records.flatMap((record) => filter(record) ?? []);
}

async function play(
  records: readonly StreamRecord[],
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Played> {
  const fed = records.filter(isSource);
  const startMs = fed[0]?.appendedAtMs ?? 0;
  const directory = await mkdtemp(join(tmpdir(), 'saccade-recorded-'));
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const clock = new VirtualClock(startMs, speed);
  const channel = cleanUp.use(await openChannel({ nowMs: () => clock.nowMs() }));
  const transitions = await playRecords({
    directory,
    records: fed,
    notify: notifyConfig(channel),
    environment: { [tokenVariable]: channel.token },
    clock,
    signal,
    onRecord: ({ appendedAtMs }) => {
      const messages = troublesOf(channel.events(), () => true).length;
      reporter.progress(
        `${((appendedAtMs - startMs) / 1000).toFixed(0)} s of the recording, ${messages} messages`,
      );
    },
  });
  const captures = fed
    .filter(({ event }) => event.type === captureType)
    .map(({ event }) => event.data as Capture);
  return { troubles: troublesOf(channel.events(), () => true), transitions, captures };
}

/** The same section that the live demo's detector reads. */
function notifyConfig(channel: Channel): NotifyConfig {
  const { notifications } = parse(detectorConfig(channel)) as { readonly notifications: unknown };
  const parsed = parseNotifyConfig(stringify(notifications), 'demo');
  if (!parsed.ok) throw new Error(parsed.faults.map(({ message }) => message).join('; '));
  return parsed.config;
}

function tellPlacebo({ troubles }: Played, reporter: Reporter): boolean {
  const quiet = troubles.length === 0;
  reporter.step(
    quiet ? 'with the troubles taken out nobody was told anything' : 'SOMEBODY WAS TOLD OF NOTHING',
  );
  for (const { title } of troubles) reporter.json({ recorded: true, placebo: true, trouble: title });
  return quiet;
}

function tellPlay(
  { troubles, transitions, captures }: Played,
  then: readonly Transition[],
  reporter: Reporter,
): boolean {
  for (const trouble of troubles) {
    const about = transitions.filter(({ alert }) => trouble.firstTitle.includes(`: ${alert} `));
    const judgedAtMs = about.find(({ state }) => state === 'firing')?.at_ms;
    const fingerprints = new Set(about.map(({ fingerprint }) => fingerprint));
    const after = (atMs: number | undefined): number | null =>
      atMs === undefined || judgedAtMs === undefined ? null : (atMs - judgedAtMs) / 1000;
    showThread(trouble, reporter);
    reporter.show([
      '',
      `  the row that told → notice  ${after(trouble.noticedAtMs) ?? '?'} s of the recording`,
    ]);
    const pagedAfter = after(trouble.pagedAtMs);
    reporter.show([
      `  the row that told → page    ${pagedAfter === null ? 'none: it is worth a notice, and wakes nobody' : `${pagedAfter} s of the recording`}`,
      '',
    ]);
    reporter.json({
      recorded: true,
      trouble: trouble.title,
      noticed_after_s: after(trouble.noticedAtMs),
      paged_after_s: after(trouble.pagedAtMs),
      resolved: trouble.resolvedAtMs !== undefined,
      captures: new Set(
        captures.flatMap(({ id, alert }) => (fingerprints.has(alert?.fingerprint ?? '') ? id : [])),
      ).size,
    });
  }
  const differences = transitionDifferences(then, transitions);
  if (differences.length === 0)
    reporter.step(`${transitions.length} transitions, the same as when it was recorded`);
  else reporter.show(['NOT the same transitions as when it was recorded:', ...differences]);
  return differences.length === 0 && troubles.some(({ pagedAtMs }) => pagedAtMs !== undefined);
}
