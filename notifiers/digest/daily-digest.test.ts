import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { RuleFigures } from '../../stream/events/digest.ts';
import { digestDueType } from '../../stream/events/digest.ts';
import { parseNotifyConfig } from '../config/notify-config.ts';
import { describeDailyDigest } from '../content/describe-daily-digest.ts';
import { startMs } from '../testing/events.ts';
import { startScene } from '../testing/scene.ts';
import { createDailyDigest } from './daily-digest.ts';

const figures = (change: Partial<RuleFigures> = {}): RuleFigures => ({
  rule_id: 'tcp-retransmit-spike',
  alert: 'RetransmitSpike',
  fired: 9,
  pages: 2,
  acknowledged: 0,
  ended_alone: 9,
  still_firing: 0,
  useful: 0,
  noise: 0,
  mean_duration_ms: 40_000,
  most: { workload: 'netns/batch', fired: 7 },
  ...change,
});
const dayMs = 86_400_000;
const due = (...rules: readonly RuleFigures[]) => ({
  receiver: 'oncall',
  since_ms: startMs - dayMs,
  until_ms: startMs,
  rules: [...rules],
});

describe('the digest', () => {
  it('tells what fired, what was acted on, and which rule to tune', () => {
    const wanted = figures({
      rule_id: 'dns',
      alert: 'DnsFailures',
      fired: 4,
      acknowledged: 2,
      ended_alone: 2,
    });
    const disliked = figures({
      rule_id: 'rtt',
      alert: 'RttShift',
      fired: 3,
      pages: 0,
      acknowledged: 1,
      ended_alone: 2,
      noise: 2,
      most: { workload: 'netns/a', fired: 1 },
    });
    const content = describeDailyDigest(due(figures(), wanted, disliked));
    expect(content.title).toBe('Digest: 16 alerts, 4 pages');
    expect(content.summary).toBe(
      '2026-02-28 03:00:00 UTC to 2026-03-01 03:00:00 UTC\n' +
        '3 acknowledged; 13 ended by themselves; 0 still firing; 0 called useful, 2 noise',
    );
    expect(content.sections).toEqual([
      {
        title: 'What fired',
        code: false,
        text: [
          'RetransmitSpike: 9 (2 pages), 0 acknowledged, most of netns/batch (7)',
          'DnsFailures: 4 (2 pages), 2 acknowledged, most of netns/batch (7)',
          'RttShift: 3 (0 pages), 1 acknowledged, most of netns/a (1)',
        ].join('\n'),
      },
      {
        title: 'Rules to tune',
        code: false,
        text: [
          'tcp-retransmit-spike: all 9 ended by themselves after 40 s on average, nobody acknowledged any; ' +
            'most are of netns/batch: an exception for it, or accept its values as normal',
          'rtt: 2 of 3 were called noise; raise its min_value, or let it page only after a longer time',
        ].join('\n'),
      },
    ]);
  });

  it('is also told when nothing fired', () => {
    expect(describeDailyDigest(due()).title).toBe('Digest: nothing fired');
  });

  it('does not call a rule noisy by two alerts', () => {
    const rare = figures({ fired: 2, ended_alone: 2 });
    expect(describeDailyDigest(due(rare)).sections.map(({ title }) => title)).toEqual(['What fired']);
  });

  it('goes through the outbox, once for each time', async () => {
    const scene = await startScene();
    const event = (untilMs: number, id: string) =>
      createCloudEvent({
        id,
        source: '/notify/digest',
        type: digestDueType,
        timeMs: untilMs,
        partitionkey: 'oncall',
        data: { ...due(figures()), until_ms: untilMs },
      });
    await scene.give('alerts', event(startMs, 'a'), event(startMs, 'b'), event(startMs - dayMs, 'c'));
    await scene.give('alerts', event(startMs + dayMs, 'd'));
    expect(scene.told()).toEqual(['digest post', 'digest post']);
    expect(scene.counts.get('seen')).toBe(2);
  });
});

describe('the schedule', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-03-01T06:59:58.400Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks the history at its time, in its time zone', async () => {
    const appended: unknown[] = [];
    const asked: unknown[] = [];
    const failures: unknown[] = [];
    const digest = createDailyDigest({
      schedule: '0 8 * * *',
      timezone: 'Europe/Berlin',
      spanMs: dayMs,
      receiver: 'oncall',
      source: {
        figuresByRule: (range) => {
          asked.push(range);
          if (asked.length > 1) throw new Error('disk');
          return [figures()];
        },
      },
      producer: { append: async (_topic, events) => void appended.push(...events) },
      onFailure: (error) => failures.push(error),
    });
    digest.start();
    await vi.advanceTimersByTimeAsync(3_000);
    const untilMs = Date.parse('2026-03-01T07:00:00.000Z');
    expect(asked).toEqual([{ sinceMs: untilMs - dayMs, untilMs }]);
    expect(appended).toMatchObject([
      {
        id: `digest/oncall/${untilMs}`,
        type: digestDueType,
        data: { receiver: 'oncall', until_ms: untilMs },
      },
    ]);
    await vi.advanceTimersByTimeAsync(dayMs);
    await digest.stop();
    expect(failures).toEqual([new Error('disk')]);
    await vi.advanceTimersByTimeAsync(dayMs);
    expect(asked).toHaveLength(2);
  });
});

it('is refused with its place when its configuration is wrong', () => {
  const parsed = parseNotifyConfig(
    `route: {receiver: a}
receivers: [{name: a, terminal: {}}]
digest:
  schedule: at eight
  timezone: Mars/Base
  receiver: nobody`,
    'n.yaml',
  );
  const faults = parsed.ok ? [] : parsed.faults;
  expect(faults.map(({ line, column, message }) => `${line}:${column}: ${message}`)).toEqual([
    expect.stringMatching(/^4:13: digest\.schedule: not a schedule: /u) as string,
    '5:13: digest.timezone: not a time zone: write Europe/Berlin',
    '6:13: digest.receiver: receiver "nobody" is not defined',
  ]);
});
