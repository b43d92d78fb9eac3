import { describe, expect, it } from 'vitest';
import type { Notification } from '../stream/events/notification.ts';
import { createAlertsReport, renderAlertsReport } from './alerts-report.ts';

const notification = (change: Partial<Notification>): Notification => ({
  id: 'n',
  receiver: 'slack',
  kind: 'slack',
  group: 'g',
  alerts: [],
  purpose: 'firing',
  phase: 'sent',
  attempt: 1,
  at_ms: 0,
  delay_ms: null,
  receipt: { observed: 'slack' },
  reason: null,
  possible_repeat: false,
  ...change,
});
const figures = {
  rule_id: 'r',
  alert: 'RetransmitSpike',
  fired: 3,
  pages: 1,
  acknowledged: 0,
  ended_alone: 2,
  still_firing: 1,
  useful: 0,
  noise: 0,
  mean_duration_ms: 90_000,
  most: { workload: 'deployment/checkout', fired: 2 },
};
const range = { sinceMs: 0, untilMs: 86_400_000 };
const report = (notifications: readonly Notification[], rules = [figures]) =>
  createAlertsReport(
    { listNotifications: async () => notifications, figuresByRule: async () => rules },
    range,
  );

describe('the report of what would have been sent', () => {
  it('counts new messages that nobody got, by receiver, and what the rules did', async () => {
    const made = await report([
      notification({}),
      notification({ purpose: 'resolved' }),
      notification({ receiver: 'mail', receipt: { observed: 'mail' } }),
      notification({ receiver: 'log', receipt: { line: 'x' } }),
    ]);
    expect(made.receivers).toEqual([
      { receiver: 'mail', messages: 1 },
      { receiver: 'slack', messages: 1 },
    ]);
    const text = renderAlertsReport(made);
    expect(text).toContain('not sent while observing: mail 1, slack 1 new messages');
    expect(text).toMatch(/RetransmitSpike +3 +1 +2 +1 +1 min 30 s +deployment\/checkout \(2\)/u);
  });

  it('says so where nothing happened, or nothing was held back', async () => {
    expect(renderAlertsReport(await report([], []))).toContain('no rule fired');
    expect(renderAlertsReport(await report([notification({ receipt: { ts: '1' } })]))).toContain(
      'nothing was held back',
    );
  });
});
