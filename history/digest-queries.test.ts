import { afterEach, beforeEach, expect, it } from 'vitest';
import { acknowledgedType, verdictGivenType } from '../stream/events/control.ts';
import { HistoryScene } from './testing/history-scene.ts';
import { envelope, startMs, subject, transition } from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

async function alert(
  print: string,
  change: Parameters<typeof transition>[0] = {},
  endsAfterMs?: number,
): Promise<void> {
  const common = { fingerprint: print, fired_at_ms: startMs, ...change };
  await scene.append(
    'alerts',
    transition({ ...common, seq: 1, state: 'firing', level: change.level ?? 'notice' }),
  );
  if (endsAfterMs === undefined) return;
  const end = { state: 'resolved', level: null, at_ms: startMs + endsAfterMs } as const;
  await scene.append('alerts', transition({ ...common, seq: 2, ...end }));
}
const range = { sinceMs: startMs, untilMs: startMs + 1 };

it('tells by rule what fired and what was acted on', async () => {
  const other = { ...subject, workload: 'deployment/cart' };
  await alert('a1', {}, 10_000);
  await alert('a2', {}, 30_000);
  await alert('a3', { subject: other, level: 'page' });
  await alert('a4', { dry_run: true }, 1_000);
  await alert('a5', { started_at_ms: startMs + 1 }, 1_000);
  await alert('b1', { rule_id: 'dns-failures', alert: 'DnsFailures', level: 'page' }, 5_000);
  await scene.append('alerts', envelope(acknowledgedType, { fingerprint: 'a3', episode: 1, by: 'ada' }));
  await scene.append(
    'alerts',
    envelope(verdictGivenType, { fingerprint: 'b1', episode: 1, verdict: 'useful', by: 'ada' }),
  );
  expect(scene.reader.figuresByRule(range)).toEqual([
    {
      rule_id: 'tcp-retransmit-spike',
      alert: 'RetransmitSpike',
      fired: 3,
      pages: 1,
      acknowledged: 1,
      ended_alone: 2,
      still_firing: 1,
      useful: 0,
      noise: 0,
      mean_duration_ms: 20_000,
      most: { workload: 'deployment/checkout', fired: 2 },
    },
    {
      rule_id: 'dns-failures',
      alert: 'DnsFailures',
      fired: 1,
      pages: 1,
      acknowledged: 0,
      ended_alone: 0,
      still_firing: 0,
      useful: 1,
      noise: 0,
      mean_duration_ms: 5_000,
      most: { workload: 'deployment/checkout', fired: 1 },
    },
  ]);
  expect(scene.reader.figuresByRule({ sinceMs: 0, untilMs: startMs })).toEqual([]);
});
