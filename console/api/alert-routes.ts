import { z } from 'zod';
import type { AlertEntry } from '../../history/alert-queries.ts';
import { summaryOf } from '../../history/summary-of.ts';
import { verdicts } from '../../stream/events/control.ts';
import { notificationSchema } from '../../stream/events/notification.ts';
import { alertStates, levels, transitionSchema } from '../../stream/events/transition.ts';
import { ConsoleError } from '../console-error.ts';
import { alertViewSchema, toAlertView } from './alert-view.ts';
import { timeSchema, type Routes } from './api-server.ts';
import { captureViewSchema, toCaptureView } from './capture-view.ts';
import { findAlert } from './find-alert.ts';

const text = z.string().max(300);
const listQuerySchema = z.strictObject({
  q: text
    .optional()
    .describe('Words, each the beginning of one in rule, namespace, workload or peer; or an id.'),
  state: z.enum([...alertStates, 'open', 'all']).optional(),
  level: z.enum(levels).optional(),
  rule: text.optional().describe('Id of the rule.'),
  namespace: text.optional(),
  workload: text.optional(),
  peer: text.optional(),
  verdict: z.enum([...verdicts, 'none']).optional(),
  since_ms: timeSchema.optional().describe('Of the start.'),
  until_ms: timeSchema.optional(),
  cursor: z.string().max(40).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  full: z.literal('true').optional().describe('With the last transition of each: all that is known of it.'),
});

const fullAlertSchema = alertViewSchema
  .extend({ last: transitionSchema.optional() })
  .meta({ id: 'FullAlert' });
export type FullAlertView = z.infer<typeof fullAlertSchema>;

const pageSchema = z
  .object({ alerts: z.array(fullAlertSchema), next: z.string().nullable() })
  .meta({ id: 'AlertPage' });

const detailSchema = z
  .object({
    alert: alertViewSchema,
    transitions: z.array(transitionSchema),
    notifications: z.array(notificationSchema),
    captures: z.array(captureViewSchema),
    silenced_by: z.array(z.string()).describe('Ids of the silences that keep its messages back now.'),
  })
  .meta({ id: 'AlertDetail' });
export type AlertDetailView = z.infer<typeof detailSchema>;

const figure = z.number().nullable();
const seriesSchema = z
  .object({
    from_ms: z.number(),
    to_ms: z.number(),
    step_ms: z.number(),
    window_ms: z.number().describe('Each value is taken over this much before it.'),
    unit: z.string(),
    points: z.array(z.tuple([z.number(), figure])),
    band: z.array(z.object({ at_ms: z.number(), expected: figure, lower: figure, upper: figure })),
    truncated: z.boolean(),
  })
  .meta({ id: 'AlertSeries' });
export type AlertSeriesView = z.infer<typeof seriesSchema>;

const parameters = z.object({ id: text.describe('`3f9a1c02-4`, or the beginning of a fingerprint.') });

/** Alerts: search, one with all that belongs to it, its curve, others like it. */
export const addAlertRoutes: Routes = (server) => {
  server.get(
    '/alerts',
    { schema: { tags: ['alerts'], querystring: listQuerySchema, response: { 200: pageSchema } } },
    async ({ query, ports }) => {
      const { q, rule, since_ms: sinceMs, until_ms: untilMs, full, ...same } = query;
      const page = await ports.reader.ask('searchAlerts', {
        ...same,
        text: q,
        ruleId: rule,
        sinceMs,
        untilMs,
      });
      const view = (entry: AlertEntry): FullAlertView =>
        full === undefined ? toAlertView(entry) : { ...toAlertView(entry), last: entry.last };
      return { alerts: page.alerts.map(view), next: page.next };
    },
  );

  server.get(
    '/alerts/:id',
    { schema: { tags: ['alerts'], params: parameters, response: { 200: detailSchema } } },
    async ({ params, ports }) => {
      const { alert, transitions, notifications, captures } = await findAlert(ports, params.id);
      return {
        alert: toAlertView(alert, summaryOf(transitions)),
        transitions: [...transitions],
        notifications: [...notifications],
        captures: captures.map(toCaptureView),
        silenced_by: [...ports.actions.silencedBy(alert.last)],
      };
    },
  );

  server.get(
    '/alerts/:id/series',
    { schema: { tags: ['alerts'], params: parameters, response: { 200: seriesSchema } } },
    async ({ params, ports }) => {
      const series = await ports.reader.ask('alertSeries', { reference: params.id, nowMs: ports.nowMs() });
      if (series === null) throw new ConsoleError(404, `there is no alert ${params.id}`);
      return {
        from_ms: series.fromMs,
        to_ms: series.toMs,
        step_ms: series.stepMs,
        window_ms: series.windowMs,
        unit: series.unit,
        points: series.points.map(([atMs, value]): [number, number | null] => [atMs, value]),
        band: series.band.map(({ atMs, ...band }) => ({ at_ms: atMs, ...band })),
        truncated: series.truncated,
      };
    },
  );

  server.get(
    '/alerts/:id/similar',
    { schema: { tags: ['alerts'], params: parameters, response: { 200: pageSchema } } },
    async ({ params, ports }) => {
      const { alert } = await findAlert(ports, params.id);
      const of = (search: object) =>
        ports.reader.ask('searchAlerts', { ruleId: alert.last.rule_id, limit: 12, ...search });
      const [same, workload] = await Promise.all([
        of({ workload: alert.last.subject.workload, peer: alert.last.peer?.name }),
        of({ workload: alert.last.subject.workload }),
      ]);
      const others = new Map([...same.alerts, ...workload.alerts].map((one) => [one.id, one]));
      others.delete(alert.id);
      return { alerts: [...others.values()].slice(0, 10).map((entry) => toAlertView(entry)), next: null };
    },
  );
};
