import { z } from 'zod';
import { verdicts } from '../../stream/events/control.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { ConsoleError } from '../console-error.ts';
import { emptySchema, type Routes } from './api-server.ts';
import { audited } from './audited.ts';
import { findAlert } from './find-alert.ts';

const parameters = z.object({ id: z.string().max(300) });
const describe = { tags: ['alerts'], params: parameters };
const minuteMs = 60_000;
export const silenceDurationSchema = z
  .int()
  .min(minuteMs)
  .max(366 * 24 * 60 * minuteMs);

/** What people do about an alert; who did it is kept. */
export const addAlertActionRoutes: Routes = (server) => {
  server.post(
    '/alerts/:id/acknowledge',
    { schema: { ...describe, response: { 200: emptySchema } } },
    async (request) => {
      const { ports } = request;
      const { alert } = await findAlert(ports, request.params.id);
      await audited(request, { action: 'alert.acknowledge', target: alert.id }, async () => {
        if (alert.endedAtMs !== null) throw new ConsoleError(409, `${alert.id} is over (${alert.state})`);
        await ports.actions.acknowledge(alert, request.caller.name);
      });
      return {};
    },
  );

  server.post(
    '/alerts/:id/accept',
    { schema: { ...describe, response: { 200: emptySchema } } },
    async (request) => {
      const { ports } = request;
      const { alert } = await findAlert(ports, request.params.id);
      await audited(request, { action: 'alert.accept_as_normal', target: alert.id }, async () => {
        if (alert.endedAtMs !== null)
          throw new ConsoleError(409, `${alert.id} is over: only what goes on can be accepted as normal`);
        await ports.actions.acceptAsNormal(alert.last, request.caller.name);
      });
      return {};
    },
  );

  server.post(
    '/alerts/:id/verdict',
    {
      schema: {
        ...describe,
        body: z.strictObject({ verdict: z.enum(verdicts).nullable().describe('null takes it back.') }),
        response: { 200: emptySchema },
      },
    },
    async (request) => {
      const { ports } = request;
      const { verdict } = request.body;
      const { alert } = await findAlert(ports, request.params.id);
      const deed = { action: 'alert.verdict', target: alert.id, detail: verdict ?? 'taken back' };
      await audited(request, deed, () => ports.actions.giveVerdict(alert, verdict, request.caller.name));
      return {};
    },
  );

  server.post(
    '/alerts/:id/silence',
    {
      schema: {
        ...describe,
        body: z.strictObject({
          duration_ms: silenceDurationSchema,
          comment: z.string().max(2000).default(''),
        }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async (request) => {
      const { ports } = request;
      const { alert } = await findAlert(ports, request.params.id);
      const { duration_ms, comment } = request.body;
      const detail = `${Math.round(duration_ms / minuteMs)} min: ${comment}`;
      return audited(request, { action: 'alert.silence', target: alert.id, detail }, async () => {
        const { id } = await ports.actions.addSilence({
          matchers: matchersOf(alert.last),
          duration_ms,
          created_by: request.caller.name,
          comment,
        });
        return { id };
      });
    },
  );

  server.post(
    '/alerts/:id/capture',
    {
      schema: {
        ...describe,
        body: z.strictObject({
          before_ms: z.int().min(0).max(600_000).default(10_000),
          during_ms: z.int().min(0).max(600_000).default(20_000),
        }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async (request) => {
      const { ports } = request;
      const { alert } = await findAlert(ports, request.params.id);
      return audited(request, { action: 'alert.capture', target: alert.id }, async () => {
        const { subject, peer, service_port } = alert.last;
        if (peer === null)
          throw new ConsoleError(409, 'this alert names no peer: start a capture under Captures');
        return ports.actions.startCapture({
          workload: subject.workload,
          peer: peer.name,
          ...(service_port !== null && service_port > 0 && { service_port }),
          ...request.body,
          requested_by: request.caller.name,
        });
      });
    },
  );
};

const labelled: ReadonlySet<string> = new Set([
  'cluster',
  'node',
  'namespace',
  'workload',
  'pod',
  'peer',
  'role',
  'service_port',
]);

/** This rule for this key, nothing more: in words where labels carry the whole key, else by its fingerprint. */
function matchersOf({ alert, key, fingerprint }: Transition): { name: string; op: '='; value: string }[] {
  // It says nothing more than the fingerprint, but who may silence in a namespace only has to name it.
  const namespace = key['namespace'] === undefined ? {} : { namespace: key['namespace'] };
  const values = Object.keys(key).every((name) => labelled.has(name)) ? key : { ...namespace, fingerprint };
  return Object.entries({ alertname: alert, ...values }).map(([name, value]) => ({ name, op: '=', value }));
}
