import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditType, verdictGivenType, type Audit } from '../stream/events/control.ts';
import { aggregateObservations } from './aggregate-observations.ts';
import { countByDay, precisionByRule } from './alert-statistics.ts';
import { listAudit } from './audit-queries.ts';
import { lifeSigns } from './life-signs.ts';
import { searchAlerts, type AlertSearch } from './search-alerts.ts';
import { HistoryScene } from './testing/history-scene.ts';
import {
  envelope,
  fingerprint,
  fiveAlerts,
  observations,
  startMs,
  transition,
} from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

const hourMs = 3_600_000;
const tellFiveAlerts = (): Promise<void> => scene.append('alerts', ...fiveAlerts());

function found(search: AlertSearch = {}): string {
  return searchAlerts(scene.log.database, search)
    .alerts.map(({ fingerprint }) => fingerprint[0])
    .join('');
}

describe('searching alerts', () => {
  it.each<[AlertSearch, string]>([
    [{}, '4310'],
    [{ state: 'all' }, '43210'],
    [{ state: 'open' }, '4'],
    [{ state: 'cancelled' }, '2'],
    [{ state: 'resolved' }, '310'],
    [{ level: 'page' }, '4'],
    [{ ruleId: 'dns-failures' }, '3'],
    [{ workload: 'netns/cart' }, '1'],
    [{ namespace: 'shop', peer: 'api.example.com' }, '431'],
    [{ text: 'dns fail' }, '3'],
    [{ text: 'CART' }, '1'],
    [{ text: 'exam che', state: 'open' }, '4'],
    [{ text: 'shop', ruleId: 'dns-failures', peer: 'api.example.com' }, '3'],
    [{ text: 'shop', workload: 'netns/cart', namespace: 'shop' }, '1'],
    [{ text: 'shop', workload: 'netns/other' }, ''],
    [{ text: 'deployment' }, '430'],
    [{ text: 'deploymex' }, ''],
    [{ text: 'deploymentx' }, ''],
    [{ text: '"; DROP TABLE alerts; --' }, ''],
    [{ text: '3a1c02' }, '3'],
    [{ text: '3a1c02de-1' }, '3'],
    [{ sinceMs: startMs + hourMs, untilMs: startMs + 4 * hourMs }, '31'],
    [{ verdict: 'none' }, '4310'],
    [{ verdict: 'noise' }, ''],
    [{ dryRun: true }, ''],
  ])('%j finds %j', async (search, expected) => {
    await tellFiveAlerts();
    expect(found(search)).toBe(expected);
  });

  it.each([{}, { text: 'checkout' }])('turns pages of %j without loss or repeat', async (search) => {
    await tellFiveAlerts();
    const pages: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page = searchAlerts(scene.log.database, { ...search, cursor, limit: 2 });
      pages.push(page.alerts.map((alert) => alert.fingerprint[0]).join(''));
      cursor = page.next ?? undefined;
    }
    expect(pages.join(' ')).toBe('text' in search ? '43 0' : '43 10');
  });

  it('finds nothing any more of alerts that were deleted', async () => {
    await tellFiveAlerts();
    scene.nowMs += 500 * 24 * hourMs;
    await scene.retain();
    expect(found({ text: 'checkout' })).toBe('4');
  });
});

it('counts alerts by day and level, and verdicts by rule', async () => {
  await scene.append('alerts', transition({ state: 'firing', level: 'page' }));
  const verdict = { fingerprint, episode: 1, verdict: 'useful', by: 'ada' };
  await scene.append('alerts', envelope(verdictGivenType, verdict));
  const window = { sinceMs: startMs - hourMs, untilMs: startMs + hourMs };
  expect(countByDay(scene.log.database, window)).toEqual([
    { dayMs: Date.UTC(2026, 10, 21), level: 'page', alerts: 1 },
  ]);
  expect(precisionByRule(scene.log.database, window)).toMatchObject([{ pages: 1, useful: 1, noise: 0 }]);
  expect(found({ verdict: 'useful' })).toBe('3');
  await scene.append('alerts', envelope(verdictGivenType, { ...verdict, verdict: null }));
  expect(found({ verdict: 'useful' })).toBe('');
});

it('keeps who changed what', async () => {
  const audit: Audit = {
    by: 'ada',
    role: 'responder',
    action: 'silence.add',
    target: 's1',
    outcome: 'done',
    detail: '',
    address: '192.0.2.1',
  };
  await scene.append('alerts', envelope(auditType, audit));
  expect(listAudit(scene.log.database)).toMatchObject([{ ...audit, atMs: startMs }]);
  expect(listAudit(scene.log.database, { by: 'bob' })).toEqual([]);
});

describe('aggregated observations', () => {
  const ask = {
    series: { signal: 'tcp.retransmits' },
    sinceMs: startMs,
    untilMs: startMs + 60_000,
    stepMs: 10_000,
    groupOf: ({ workload }: { readonly workload: string }) => workload,
    maxGroups: 10,
  };
  beforeEach(async () => {
    scene.nowMs = startMs + 60_000;
    await scene.append(
      'signals',
      observations(startMs, { retransmits: 1, data_segments: 100 }),
      observations(startMs + 5000, { retransmits: 2, data_segments: 100 }),
      observations(startMs + 10_000, { retransmits: 4, data_segments: 100 }),
      observations(startMs, { retransmits: 8, data_segments: 10 }, 'netns/cart'),
    );
  });

  it('merges by step and group', () => {
    const { groups, truncated } = aggregateObservations(scene.log.database, ask);
    expect(truncated).toBe(false);
    expect(
      groups.map(({ group, steps }) => [group, [...steps.values()].map((one) => one['retransmits'])]),
    ).toEqual([
      ['deployment/checkout', [3, 4]],
      ['netns/cart', [8]],
    ]);
  });

  it('merges the whole window where the step is infinite, and says what it left out', () => {
    const whole = aggregateObservations(scene.log.database, { ...ask, stepMs: Infinity, maxGroups: 1 });
    expect(whole.truncated).toBe(true);
    expect(whole.groups.map(({ steps }) => [...steps])).toEqual([
      [[startMs, { retransmits: 7, data_segments: 300 }]],
    ]);
  });

  it('shows that the eyes are open', () => {
    expect(lifeSigns(scene.log.database, { sinceMs: startMs })).toEqual([
      { signal: 'tcp.retransmits', rows: 4, series: 2, workloads: 2, newestMs: startMs + 10_000 },
    ]);
  });
});
