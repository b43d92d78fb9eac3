import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ConsoleStatus, RuleState, SilenceView } from '../../console/ports.ts';
import { auditSchema, verdictGivenSchema } from '../../stream/events/control.ts';
import { transitionSchema } from '../../stream/events/transition.ts';
import type { ConsoleControl } from '../control.ts';
import { parseBody } from './control-server.ts';

/** What a console in a process of its own cannot read from the history. */
export interface ConsoleView {
  readonly status: ConsoleStatus;
  readonly rules: readonly RuleState[];
  readonly refused: readonly string[];
  readonly silences: readonly SilenceView[];
}

export interface ConsoleAccess extends ConsoleControl {
  view(): ConsoleView;
}

const acceptSchema = z.strictObject({ transition: transitionSchema, by: z.string().min(1).max(200) });

/** The control socket's part for a console in another process of this machine. */
export const consoleRoutes =
  (access: ConsoleAccess) =>
  (server: FastifyInstance): void => {
    server.get('/v1/console', async () => access.view());
    server.post('/v1/verdicts', async (request) => {
      const { verdict, by, ...alert } = parseBody(verdictGivenSchema, request.body);
      await access.giveVerdict(alert, verdict, by);
      return {};
    });
    server.post('/v1/accepted', async (request) => {
      const { transition, by } = parseBody(acceptSchema, request.body);
      await access.acceptAsNormal(transition, by);
      return {};
    });
    server.post('/v1/audit', async (request) => {
      await access.audit(parseBody(auditSchema, request.body));
      return {};
    });
  };
