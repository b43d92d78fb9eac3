import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { packageRoot } from '../../app/package-root.ts';
import { detectorConfig, tokenVariable } from '../../demo/detector-config.ts';
import { playRecords } from '../../demo/recorded/play.ts';
import { isSource } from '../../demo/recorded/source-records.ts';
import { VirtualClock } from '../../demo/recorded/virtual-clock.ts';
import type { ChannelEvent } from '../../demo/slack/channel.ts';
import { openChannel } from '../../demo/slack/look-alike.ts';
import { toneOf } from '../../demo/slack/tone.ts';
import { parseNotifySection } from '../../notifiers/config/notify-config.ts';
import { type PictureMessage, renderHtml } from '../../notifiers/slack/render-html.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { readRecording } from '../../stream/read-recording.ts';

/**
 * `node docs/images/render-slack-message.ts` plays the shipped recording into a Slack look-alike and photographs the
 * message as it stood while it fired, with its thread. Needs Debian's chromium, fonts-lato and fonts-noto-color-emoji.
 */
const picture = join(import.meta.dirname, 'slack-message.png');
const recording = join(packageRoot, 'demo/recordings/loss.ndjson.gz');
const speed = 8;
const size = '792,1196';

photograph(renderThread(await recordedEvents()));

async function recordedEvents(): Promise<readonly ChannelEvent[]> {
  const records: StreamRecord[] = [];
  for await (const record of (await readRecording(recording)).records)
    if (isSource(record)) records.push(record);
  const clock = new VirtualClock(records[0]?.appendedAtMs ?? 0, speed);
  await using cleanUp = new AsyncDisposableStack();
  const directory = temporaryFolder(cleanUp);
  const channel = cleanUp.use(await openChannel({ nowMs: () => clock.nowMs() }));
  const lineCounter = new LineCounter();
  const document = parseDocument(detectorConfig(channel), { lineCounter });
  const notify = parseNotifySection(document, lineCounter, 'picture');
  if (!notify.ok) throw new Error(notify.faults.map(({ message }) => message).join('; '));
  await playRecords({
    directory,
    records,
    notify: notify.config,
    environment: { [tokenVariable]: channel.token },
    clock,
    onRecord: () => {},
    signal: new AbortController().signal,
  });
  return channel.events();
}

/** The message before it was resolved, and what was said in its thread until then. */
function renderThread(events: readonly ChannelEvent[]): string {
  const firing = events.filter(({ message }) => toneOf(message.text ?? '') !== 'resolved');
  const root = firing.findLast(({ kind }) => kind !== 'reply');
  if (root === undefined) throw new Error('the recording told nobody anything');
  const replies = firing.filter((event) => event.kind === 'reply' && event.root === root.root);
  // Slack shows when a message was posted, not when it was changed.
  const posted = events.find((event) => event.root === root.root)?.atMs ?? root.atMs;
  return renderHtml('alerts', toPicture({ ...root, atMs: posted }), replies.map(toPicture));
}

/** The lab numbers its hosts, so that several fit on one machine: taken off here. */
function toPicture({ atMs, message }: ChannelEvent): PictureMessage {
  const withoutNumbers = (text: string): string => text.replaceAll(/(checkout|payments)-\d+/gu, '$1');
  return {
    text: withoutNumbers(message.text ?? ''),
    blocks: JSON.parse(withoutNumbers(JSON.stringify(message.blocks ?? null))) as readonly unknown[] | null,
    time: new Date(atMs).toISOString().slice(11, 16),
  };
}

function photograph(html: string): void {
  using cleanUp = new DisposableStack();
  const directory = temporaryFolder(cleanUp);
  const page = join(directory, 'message.html');
  writeFileSync(page, html);
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
  const offline = ['--disable-background-networking', '--disable-component-update'];
  const shot = [`--window-size=${size}`, '--hide-scrollbars', `--screenshot=${picture}`];
  const profile = `--user-data-dir=${join(directory, 'profile')}`;
  execFileSync('chromium', ['--headless', ...quiet, ...offline, profile, ...shot, `file://${page}`], {
    stdio: 'ignore',
  });
}

function temporaryFolder(cleanUp: { defer(undo: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'saccade-picture-'));
  cleanUp.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
