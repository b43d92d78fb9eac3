import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudEvent, type CloudEvent } from '../stream/cloud-event.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../stream/embedded/embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import {
  captureRequestedType,
  captureType,
  type Capture,
  type CaptureRequest,
} from '../stream/events/capture.ts';
import { acknowledgedType } from '../stream/events/control.ts';
import { notificationType, type Notification } from '../stream/events/notification.ts';
import { observationsType, type ObservationBatch } from '../stream/events/observation.ts';
import { transitionType, type Transition } from '../stream/events/transition.ts';
import type { Topic } from '../stream/port.ts';
import { validateEvent } from '../stream/validate-event.ts';
import { openHistoryReader } from './history-reader.ts';
import { createHistory, type History } from './history.ts';
import { defaultHistoryLimits, type HistoryLimits } from './retention.ts';

const startMs = Date.UTC(2026, 10, 21, 8);
let directory: string;
let nowMs: number;
let log: EmbeddedLog;
let host: EmbeddedHost;
let history: History;
let dropped: number;
const fatal: Error[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-history-'));
  nowMs = startMs;
  dropped = 0;
  open();
});
afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true, force: true });
  expect(fatal.splice(0)).toEqual([]);
});

function open(limits: Partial<HistoryLimits> = {}): void {
  const clock = { nowMs: () => nowMs };
  log = openEmbeddedLog({ path: join(directory, 'log.db'), clock, validate: validateEvent });
  history = createHistory({
    database: log.database,
    clock,
    limits: { ...defaultHistoryLimits, ...limits },
    onDropped: (count) => (dropped += count),
  });
  host = createEmbeddedHost({
    log,
    stages: [history.stage],
    clock,
    tickIntervalMs: 0,
    onFatal: (error) => fatal.push(error),
  });
  host.start();
}

async function close(): Promise<void> {
  await history.retention.stop();
  await host.stop();
  log.close();
}

async function append(topic: Topic, ...events: readonly CloudEvent[]): Promise<void> {
  await log.append(topic, events);
  await host.idle();
  expect(log.records.read(['dead'], 0, 10)).toEqual([]);
}

let serial = 0;
const envelope = (type: string, data: unknown, timeMs = nowMs): CloudEvent =>
  createCloudEvent({ id: `id${(serial += 1)}`, source: '/test', type, timeMs, partitionkey: 'k', data });

const subject = { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' };
const peer = { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' } as const;
const fingerprint = '3f9a1c02deadbeef';

function transition(fields: Partial<Transition>): CloudEvent {
  const data: Transition = {
    fingerprint,
    episode: 1,
    seq: 1,
    rule_id: 'tcp-retransmit-spike',
    alert: 'RetransmitSpike',
    signal: 'tcp.retransmits',
    measure: 'retransmit_ratio',
    state: 'pending',
    level: null,
    previous: null,
    update: false,
    at_ms: nowMs,
    started_at_ms: startMs,
    fired_at_ms: null,
    key: { workload: subject.workload },
    subject,
    peer,
    role: 'client',
    service_port: 443,
    value: 0.05,
    window_ms: 1000,
    worst_value: 0.05,
    fields: { retransmits: 5, data_segments: 100 },
    baseline: null,
    labels: {},
    annotations: { summary: 'checkout → api' },
    actions: [],
    dry_run: false,
    reason: 'score 3.2',
    ...fields,
  };
  return envelope(transitionType, data);
}

const selector: CaptureRequest['selector'] = {
  subject,
  peer,
  peer_ips: [peer.ip],
  role: 'client',
  service_port: 443,
};
const alert = { fingerprint, episode: 1, rule_id: 'tcp-retransmit-spike', summary: 'checkout → api' };
const request: CaptureRequest = {
  id: 'cap-1',
  alert,
  requested_by: 'rule',
  requested_at_ms: startMs,
  node: 'n1',
  selector,
  before_ms: 10_000,
  during_ms: 20_000,
  max_bytes: 1e6,
  cooldown_ms: 0,
};
const capture: Capture = {
  id: 'cap-1',
  alert,
  phase: 'complete',
  reason: null,
  node: 'n1',
  selector,
  file: '/captures/cap-1.pcapng',
  bytes: 4711,
  sha256: 'ab',
  packets_before: 10,
  packets_after: 20,
  seconds_held: 9.5,
  first_packet_ms: startMs - 9500,
  last_packet_ms: startMs,
  truncated: false,
  summary: null,
};
const notification: Notification = {
  id: 'slack/g/1',
  receiver: 'slack',
  kind: 'slack',
  group: 'g',
  alerts: [{ fingerprint, episode: 1, seq: 2 }],
  purpose: 'firing',
  phase: 'sending',
  attempt: 1,
  at_ms: startMs,
  delay_ms: 300,
  receipt: null,
  reason: null,
  possible_repeat: false,
};

function observations(atMs: number, fields: Record<string, number>, workload = subject.workload): CloudEvent {
  const data: ObservationBatch = {
    window: { start: new Date(atMs).toISOString(), ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { ...subject, workload },
    rows: [{ signal: 'tcp.retransmits', role: 'client', service_port: 443, peer, fields }],
  };
  return envelope(observationsType, data, atMs);
}

const points = (): readonly (readonly [number, number, Readonly<Record<string, number>>])[] =>
  history.reader
    .listObservations({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER })
    .map(({ atMs, resolutionMs, fields }) => [atMs - startMs, resolutionMs, fields]);

describe('alerts', () => {
  it('shows an episode with its transitions, notifications and captures', async () => {
    await append('alerts', transition({ seq: 1 }));
    await append(
      'alerts',
      transition({ seq: 2, state: 'firing', level: 'page', fired_at_ms: startMs + 100 }),
    );
    await append('alerts', envelope(acknowledgedType, { fingerprint, episode: 1, by: 'ada' }));
    await append('notifications', envelope(notificationType, notification));
    await append(
      'notifications',
      envelope(notificationType, { ...notification, phase: 'sent', at_ms: startMs + 5 }),
    );
    await append('captures', envelope(captureRequestedType, request), envelope(captureType, capture));
    nowMs += 60_000;
    await append(
      'alerts',
      transition({ seq: 3, state: 'resolved', level: null, fired_at_ms: startMs + 100 }),
    );

    const found = history.reader.getAlert('3f9a1c02-1');
    expect(found).toMatchObject({
      kind: 'found',
      detail: {
        alert: {
          id: '3f9a1c02-1',
          state: 'resolved',
          peakLevel: 'page',
          firedAtMs: startMs + 100,
          endedAtMs: startMs + 60_000,
          acknowledgedBy: 'ada',
        },
        transitions: [{ state: 'pending' }, { state: 'firing' }, { state: 'resolved' }],
        notifications: [{ id: 'slack/g/1', phase: 'sent' }],
        captures: [{ id: 'cap-1', phase: 'complete', request, capture }],
      },
    });
    expect(history.reader.getCapture('cap')).toMatchObject({ request, capture });
    expect(history.reader.listCaptures({ phase: 'complete' })).toHaveLength(1);
    expect(history.reader.listNotifications({ receiver: 'slack' })).toHaveLength(1);
  });

  it('takes a repeat, and one out of order, as what it is', async () => {
    await append('alerts', transition({ seq: 2, state: 'firing', level: 'notice' }));
    await append('alerts', transition({ seq: 2, state: 'firing', level: 'notice' }));
    await append('alerts', transition({ seq: 1 }));
    expect(history.reader.listAlerts()).toMatchObject([{ state: 'firing', peakLevel: 'notice' }]);
    expect(history.reader.getAlert(fingerprint)).toMatchObject({
      detail: { transitions: [{ seq: 1 }, { seq: 2 }] },
    });
  });

  it('filters, and leaves out what never fired unless asked', async () => {
    await append('alerts', transition({ state: 'firing', level: 'page' }));
    await append('alerts', transition({ episode: 2, state: 'cancelled', started_at_ms: startMs + 1 }));
    await append(
      'alerts',
      transition({ fingerprint: 'ffff', state: 'resolved', subject: { ...subject, namespace: 'bank' } }),
    );
    const ids = (filter: Parameters<History['reader']['listAlerts']>[0]): readonly string[] =>
      history.reader.listAlerts(filter).map(({ id }) => id);
    expect(ids({})).toEqual(['3f9a1c02-1', 'ffff-1']);
    expect(ids({ state: 'all' })).toEqual(['3f9a1c02-2', '3f9a1c02-1', 'ffff-1']);
    expect(ids({ state: 'open' })).toEqual(['3f9a1c02-1']);
    expect(ids({ namespace: 'bank' })).toEqual(['ffff-1']);
    expect(ids({ sinceMs: startMs + 1, state: 'all' })).toEqual(['3f9a1c02-2']);
    expect(ids({ limit: 1 })).toHaveLength(1);
  });

  it('says when a reference fits several or none', async () => {
    await append('alerts', transition({ fingerprint: 'abc1' }), transition({ fingerprint: 'abc2' }));
    expect(history.reader.getAlert('abc')).toEqual({ kind: 'ambiguous', ids: ['abc1-1', 'abc2-1'] });
    expect(history.reader.getAlert('abc1')).toMatchObject({ kind: 'found' });
    expect(history.reader.getAlert('abc1-7')).toEqual({ kind: 'none' });
    expect(history.reader.getAlert('')).toEqual({ kind: 'none' });
  });
});

describe('observations', () => {
  it('adds up the rows of one second as the signal says', async () => {
    await append('signals', observations(startMs, { retransmits: 2, stalled_sockets: 3 }));
    await append('signals', observations(startMs + 400, { retransmits: 5, stalled_sockets: 1, rto: 1 }));
    expect(points()).toEqual([[0, 1000, { retransmits: 7, stalled_sockets: 3, rto: 1 }]]);
  });

  it('counts each row once, though the process ends between batches', async () => {
    await append('signals', observations(startMs, { retransmits: 2 }));
    await close();
    open();
    await append('signals', observations(startMs, { retransmits: 2 }));
    expect(points()).toEqual([[0, 1000, { retransmits: 4 }]]);
  });

  it('turns seconds into minutes after a day and lets them go after a month', async () => {
    for (const second of [0, 1, 59, 60]) {
      nowMs = startMs + second * 1000;
      await append('signals', observations(nowMs, { retransmits: 1, stalled_sockets: second }));
    }
    nowMs += 86_400_000;
    await append('signals', observations(nowMs, { retransmits: 9 }));
    await history.retention.run();
    expect(points()).toEqual([
      [0, 60_000, { retransmits: 3, stalled_sockets: 59 }],
      [60_000, 1000, { retransmits: 1, stalled_sockets: 60 }],
      [86_460_000, 1000, { retransmits: 9 }],
    ]);
    nowMs += 30 * 86_400_000;
    await history.retention.run();
    expect(points()).toEqual([[86_460_000, 60_000, { retransmits: 9 }]]);
  });

  it('keeps within its bytes by rolling up earlier, then deleting', async () => {
    await close();
    open({
      observations: { ...defaultHistoryLimits.observations, secondsMaxBytes: 500, minutesMaxBytes: 100 },
    });
    for (let minute = 0; minute < 120; minute += 10)
      await append(
        'signals',
        observations(startMs - minute * 60_000, { retransmits: 1, data_segments: 1000 }),
      );
    await history.retention.run();
    const kept = log.database
      .prepare('SELECT resolution, bytes FROM observation_bytes ORDER BY resolution')
      .all();
    expect(kept.map((row) => Number(row['bytes']) <= (row['resolution'] === '1s' ? 500 : 100))).toEqual([
      true,
      true,
    ]);
    expect(points().at(-1)?.[0]).toBe(0);
  });

  it('limits the number of series, and forgets those without rows', async () => {
    await close();
    open({ maxSeries: 1 });
    await append(
      'signals',
      observations(startMs, { retransmits: 1 }),
      observations(startMs, { retransmits: 1 }, 'b'),
    );
    expect(dropped).toBe(1);
    nowMs += 40 * 86_400_000;
    await history.retention.run();
    await history.retention.run();
    await append('signals', observations(nowMs, { retransmits: 1 }, 'b'));
    expect(dropped).toBe(1);
    expect(points()).toHaveLength(1);
  });

  it('files a window from a clock that is ahead under its append', async () => {
    await append('signals', observations(startMs + 3_600_000, { retransmits: 1 }));
    expect(points()).toEqual([[0, 1000, { retransmits: 1 }]]);
  });
});

describe('retention of events', () => {
  it('deletes ended alerts by age and number, open ones never', async () => {
    await close();
    open({ events: { ...defaultHistoryLimits.events, maxAlerts: 2 } });
    for (let episode = 1; episode <= 4; episode += 1)
      await append('alerts', transition({ episode, state: 'resolved', started_at_ms: startMs + episode }));
    await append(
      'alerts',
      transition({ fingerprint: 'open', state: 'firing', level: 'page', started_at_ms: 0 }),
    );
    await history.retention.run();
    expect(history.reader.listAlerts().map(({ id }) => id)).toEqual(['3f9a1c02-4', 'open-1']);
    nowMs += 401 * 86_400_000;
    await history.retention.run();
    expect(history.reader.listAlerts().map(({ id }) => id)).toEqual(['open-1']);
    expect(log.database.prepare('SELECT COUNT(*) AS n FROM transitions').get()?.['n']).toBe(1);
  });
});

describe('openHistoryReader', () => {
  it('reads while another connection writes, and refuses to write', async () => {
    using reader = openHistoryReader(join(directory, 'log.db'));
    await append('alerts', transition({ state: 'firing', level: 'page' }));
    expect(reader.listAlerts()).toHaveLength(1);
  });

  it('says that there is no history yet', () => {
    expect(() => openHistoryReader(join(directory, 'none.db'))).toThrow(/no history yet/);
  });
});

it('shows dead letters', async () => {
  await log.append('signals', [envelope('io.saccade.unknown.v1', {})]);
  await host.idle();
  expect(history.reader.listDeadLetters({ stage: 'append' })).toMatchObject([
    { letter: { reason: 'unknown event type io.saccade.unknown.v1' } },
  ]);
});
