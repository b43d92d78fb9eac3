import { z } from 'zod';
import { alertViewSchema, toAlertView } from './alert-view.ts';
import type { ConsolePorts } from '../ports.ts';
import type { Routes } from './api-server.ts';

const lifeSignSchema = z.object({
  signal: z.string(),
  rows_per_s: z.number(),
  series: z.number(),
  workloads: z.number(),
  newest_ms: z.number(),
});

const nowSchema = z
  .object({
    now_ms: z.number(),
    open: z.array(alertViewSchema).describe('Pending and firing, latest first; at most 200.'),
    more: z.boolean().describe('There are more than these.'),
    recent: z.array(alertViewSchema).describe('The last that ended.'),
    would_have_fired: z.array(alertViewSchema).describe('By rules on trial (dry run), within a day.'),
    life: z.array(lifeSignSchema).describe('What was seen within the last ten seconds.'),
    learning: z.object({
      keys: z.number().describe('That rules judge.'),
      learned: z.number().describe('Of these, those whose normal is known.'),
      known: z.boolean().describe('false: the judge runs elsewhere.'),
    }),
    health: z.array(z.string()).describe('What does not run as it should; for a person.'),
  })
  .meta({ id: 'Now' });
export type NowView = z.infer<typeof nowSchema>;

const lifeWindowMs = 10_000;
const dayMs = 86_400_000;

/** What is going on this moment. */
export const addNowRoutes: Routes = (server) => {
  server.get('/now', { schema: { tags: ['now'], response: { 200: nowSchema } } }, async ({ ports }) => {
    const nowMs = ports.nowMs();
    const [open, recent, trial, life] = await Promise.all([
      ports.reader.ask('searchAlerts', { state: 'open', limit: 200 }),
      ports.reader.ask('searchAlerts', { dryRun: false, sinceMs: nowMs - dayMs, limit: 30 }),
      ports.reader.ask('searchAlerts', { dryRun: true, sinceMs: nowMs - dayMs, limit: 20 }),
      ports.reader.ask('lifeSigns', { sinceMs: nowMs - lifeWindowMs - 1000 }),
    ]);
    return {
      now_ms: nowMs,
      open: open.alerts.filter(({ last }) => !last.dry_run).map((entry) => toAlertView(entry)),
      more: open.next !== null,
      recent: recent.alerts
        .filter(({ endedAtMs }) => endedAtMs !== null)
        .slice(0, 10)
        .map((entry) => toAlertView(entry)),
      would_have_fired: trial.alerts.map((entry) => toAlertView(entry)),
      life: life.map(({ signal, rows, series, workloads, newestMs }) => ({
        signal,
        rows_per_s: rows / (lifeWindowMs / 1000),
        series,
        workloads,
        newest_ms: newestMs,
      })),
      learning: learningOf(ports.rules.list()),
      health: healthOf(ports.status()),
    };
  });
};

function learningOf(rules: ReturnType<ConsolePorts['rules']['list']>): NowView['learning'] {
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const keys = sum(rules.map((rule) => rule.keys));
  return {
    keys,
    learned: keys - sum(rules.map(({ learning }) => learning)),
    known: rules.some((rule) => rule.keys !== null),
  };
}

function healthOf({ stages, receivers, parts }: ReturnType<ConsolePorts['status']>): string[] {
  return [
    ...stages.filter(({ ok }) => !ok).map(({ name, reason }) => `stage ${name}: ${reason}`),
    ...receivers.filter(({ ready }) => !ready).map(({ name, reason }) => `receiver ${name}: ${reason}`),
    ...parts
      .filter(({ state }) => state === 'missing' || state === 'less')
      .map(({ name, reason, remedy }) => `${name}: ${reason}${remedy === '' ? '' : ` → ${remedy}`}`),
  ];
}
