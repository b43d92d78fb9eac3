import { z } from 'zod';
import { matcherSchema, silenceSchema } from '../../stream/events/control.ts';
import { silenceDurationSchema } from './alert-action-routes.ts';
import { emptySchema, type Routes } from './api-server.ts';
import { audited } from './audited.ts';

const viewSchema = silenceSchema.extend({ expired_by: z.string().nullable() }).meta({ id: 'Silence' });
export type SilenceListView = z.infer<typeof viewSchema>;

/** Silences keep messages back; alerts are judged and kept all the same. */
export const addSilenceRoutes: Routes = (server) => {
  const tags = ['silences'];

  server.get(
    '/silences',
    { schema: { tags, response: { 200: z.object({ silences: z.array(viewSchema) }) } } },
    async ({ ports }) => ({ silences: [...ports.actions.silences()] }),
  );

  server.post(
    '/silences',
    {
      schema: {
        tags,
        body: z.strictObject({
          matchers: z.array(matcherSchema).min(1).max(20),
          duration_ms: silenceDurationSchema,
          comment: z.string().max(2000).default(''),
        }),
        response: { 200: silenceSchema },
      },
    },
    async (request) => {
      const { ports } = request;
      const { matchers, duration_ms, comment } = request.body;
      const target = matchers.map(({ name, op, value }) => `${name}${op}${value}`).join(', ');
      return audited(request, { action: 'silence.add', target, detail: comment }, () =>
        ports.actions.addSilence({ matchers, duration_ms, comment, created_by: request.caller.name }),
      );
    },
  );

  server.post(
    '/silences/:id/expire',
    { schema: { tags, params: z.object({ id: z.string().max(100) }), response: { 200: emptySchema } } },
    async (request) => {
      const { ports } = request;
      const { id } = request.params;
      await audited(request, { action: 'silence.expire', target: id }, () =>
        ports.actions.expireSilence(id, request.caller.name),
      );
      return {};
    },
  );
};
