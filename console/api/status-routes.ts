import { z } from 'zod';
import { timeSchema, type Routes } from './api-server.ts';

const statusSchema = z
  .object({
    version: z.string(),
    cluster: z.string(),
    node: z.string(),
    started_at_ms: z.number(),
    now_ms: z.number(),
    default_receivers: z.boolean().describe('Nobody is configured to be paged; pages go to the terminal.'),
    stages: z.array(z.object({ name: z.string(), ok: z.boolean(), lag: z.number(), reason: z.string() })),
    receivers: z.array(
      z.object({ name: z.string(), ready: z.boolean(), waiting: z.number(), reason: z.string() }),
    ),
    parts: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['on', 'less', 'missing', 'off']),
        detail: z.string(),
        reason: z.string(),
        remedy: z.string(),
      }),
    ),
  })
  .meta({ id: 'Status' });
export type StatusView = z.infer<typeof statusSchema>;

const auditEntrySchema = z
  .object({
    id: z.string(),
    at_ms: z.number(),
    by: z.string(),
    role: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.enum(['done', 'refused']),
    detail: z.string(),
    address: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditView = z.infer<typeof auditEntrySchema>;

/** How the parts of Saccade do, and who changed what. */
export const addStatusRoutes: Routes = (server) => {
  server.get(
    '/status',
    { schema: { tags: ['status'], response: { 200: statusSchema } } },
    async ({ ports }) => {
      const { stages, receivers, parts, ...rest } = ports.status();
      return {
        ...rest,
        now_ms: ports.nowMs(),
        stages: [...stages],
        receivers: [...receivers],
        parts: [...parts],
      };
    },
  );

  server.get(
    '/audit',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['status'],
        querystring: z.strictObject({
          by: z.string().max(300).optional(),
          until_ms: timeSchema.optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
        }),
        response: { 200: z.object({ entries: z.array(auditEntrySchema) }) },
      },
    },
    async ({ query, ports }) => {
      const { by, limit, until_ms: untilMs } = query;
      const entries = await ports.reader.ask('listAudit', {
        by,
        limit,
        ...(untilMs !== undefined && { untilMs }),
      });
      return { entries: entries.map(({ atMs, ...entry }) => ({ ...entry, at_ms: atMs })) };
    },
  );
};
