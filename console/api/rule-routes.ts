import { z } from 'zod';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { measureWords } from '../../signals/measure-words.ts';
import type { Routes } from './api-server.ts';
import { audited } from './audited.ts';

const count = z.number().nullable();
const ruleSchema = z
  .object({
    id: z.string(),
    alert: z.string(),
    group: z.string(),
    namespace: z.string().nullable().describe('Of a SaccadeRule: the namespace that it is in and sees.'),
    signal: z.string(),
    measure: z.string(),
    unit: z.string(),
    words: z.string().describe('What its figures are figures of: `of segments resent`.'),
    by: z.array(z.string()),
    over_ms: z.array(z.number()),
    baseline: z.string().nullable(),
    levels: z.array(z.string()),
    dry_run: z.boolean(),
    position: z.string(),
    keys: count,
    learning: count,
    open: count,
    overflow: count,
  })
  .meta({ id: 'Rule' });
export type RuleView = z.infer<typeof ruleSchema>;

const faultSchema = z.object({ line: z.number(), column: z.number(), message: z.string() });
const replaySchema = z
  .object({
    summary: z.string(),
    from_ms: z.number().nullable(),
    to_ms: z.number().nullable(),
    records: z.number(),
    episodes: z.array(
      z.object({
        summary: z.string(),
        started_at_ms: z.number(),
        level: z.enum(['page', 'notice', 'pending']),
        ended_at_ms: z.number().nullable(),
        worst_value: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'Replay' });
export type Replay = z.infer<typeof replaySchema>;

const textSchema = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(64 * 1024),
});
const tags = ['rules'];
const shownEpisodes = 100;

/** Rules in force and how they do; a draft checked and tried over the stored log. */
export const addRuleRoutes: Routes = (server) => {
  server.get(
    '/rules',
    {
      schema: {
        tags,
        response: { 200: z.object({ rules: z.array(ruleSchema), refused: z.array(z.string()) }) },
      },
    },
    async ({ ports }) => ({
      rules: ports.rules.list().map((rule) => ({
        ...rule,
        unit: signalCatalogue.get(rule.signal)?.measures[rule.measure]?.unit ?? '',
        words: measureWords(rule.signal, rule.measure),
        by: [...rule.by],
        over_ms: [...rule.over_ms],
        levels: [...rule.levels],
      })),
      refused: [...ports.rules.refused()],
    }),
  );

  server.get(
    '/rules/:id/guards',
    {
      schema: {
        tags,
        params: z.object({ id: z.string().max(300) }),
        response: {
          200: z.object({
            guards: z.array(z.object({ name: z.string(), held: z.number(), not_held: z.number() })),
          }),
        },
      },
    },
    async ({ params, ports }) => {
      const guards = await ports.reader.ask('guardHits', { ruleId: params.id });
      return { guards: guards.map(({ name, held, notHeld }) => ({ name, held, not_held: notHeld })) };
    },
  );

  server.post(
    '/rules/check',
    {
      config: { role: 'viewer' },
      schema: { tags, body: textSchema, response: { 200: z.object({ faults: z.array(faultSchema) }) } },
    },
    async ({ body, ports }) => ({ faults: [...ports.rules.check(body.text)] }),
  );

  server.post(
    '/rules/replay',
    { schema: { tags, body: textSchema, response: { 200: replaySchema } } },
    async (request) =>
      audited(request, { action: 'rules.replay', target: '' }, async () => {
        const replay = await request.ports.rules.replay(request.body.text);
        return { ...replay, episodes: replay.episodes.slice(0, shownEpisodes) };
      }),
  );
};
