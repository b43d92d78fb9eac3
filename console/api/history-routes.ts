import { z } from 'zod';
import { levels } from '../../stream/events/transition.ts';
import { timeSchema, type Routes } from './api-server.ts';

const windowSchema = z.strictObject({ since_ms: timeSchema, until_ms: timeSchema });
const tags = ['history'];

const calendarSchema = z
  .object({
    days: z.array(z.object({ day_ms: z.number(), level: z.enum(levels).nullable(), alerts: z.number() })),
  })
  .meta({ id: 'Calendar' });
export type CalendarView = z.infer<typeof calendarSchema>;

const precisionSchema = z
  .object({
    rules: z.array(
      z.object({
        rule_id: z.string(),
        alerts: z.number(),
        pages: z.number(),
        useful: z.number(),
        noise: z.number(),
        last_started_at_ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'Precision' });
export type PrecisionView = z.infer<typeof precisionSchema>;

/** Looking back: how much on which day, and which rule deserves its pages. */
export const addHistoryRoutes: Routes = (server) => {
  server.get(
    '/calendar',
    { schema: { tags, querystring: windowSchema, response: { 200: calendarSchema } } },
    async ({ query, ports }) => {
      const days = await ports.reader.ask('countByDay', { sinceMs: query.since_ms, untilMs: query.until_ms });
      return { days: days.map(({ dayMs, level, alerts }) => ({ day_ms: dayMs, level, alerts })) };
    },
  );

  server.get(
    '/precision',
    { schema: { tags, querystring: windowSchema, response: { 200: precisionSchema } } },
    async ({ query, ports }) => {
      const rules = await ports.reader.ask('precisionByRule', {
        sinceMs: query.since_ms,
        untilMs: query.until_ms,
      });
      return {
        rules: rules.map(({ ruleId, lastStartedAtMs, ...same }) => ({
          rule_id: ruleId,
          ...same,
          last_started_at_ms: lastStartedAtMs,
        })),
      };
    },
  );
};
