import { z } from 'zod';
import { ConsoleError } from '../console-error.ts';
import type { ConsolePorts } from '../ports.ts';
import { type Routes } from './api-server.ts';
import { audited } from './audited.ts';
import { captureViewSchema, toCaptureView, type CaptureView } from './capture-view.ts';

const packetSchema = z.object({
  at_ms: z.number(),
  offset_us: z.number(),
  direction: z.enum(['in', 'out']),
  source: z.string(),
  destination: z.string(),
  protocol: z.string(),
  bytes: z.number(),
  info: z.string(),
  mark: z.enum(['resent', 'reset', 'syn', 'fin']).nullable(),
});
export type Packet = z.infer<typeof packetSchema>;

const parameters = z.object({ id: z.string().min(1).max(300) });
const shownPackets = 200;
const tags = ['captures'];

/** Captures: list, one, its packets, its file, a new one. */
export const addCaptureRoutes: Routes = (server) => {
  server.get(
    '/captures',
    {
      schema: {
        tags,
        querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(100) }),
        response: { 200: z.object({ captures: z.array(captureViewSchema) }) },
      },
    },
    async ({ query, ports }) => {
      const captures = await ports.reader.ask('listCaptures', { limit: query.limit });
      return { captures: captures.map(toCaptureView) };
    },
  );

  server.get(
    '/captures/:id',
    { schema: { tags, params: parameters, response: { 200: captureViewSchema } } },
    async ({ params, ports }) => findCapture(ports, params.id),
  );

  server.get(
    '/captures/:id/packets',
    {
      schema: {
        tags,
        params: parameters,
        response: { 200: z.object({ packets: z.array(packetSchema), total: z.number() }) },
      },
    },
    async ({ params, ports }) => {
      const { packets, total } = await ports.packets.read(await fileOf(ports, params.id), shownPackets);
      return { packets: [...packets], total };
    },
  );

  server.get(
    '/captures/:id/file',
    { schema: { tags, params: parameters } },
    async ({ params, ports }, reply) => {
      const capture = await findCapture(ports, params.id);
      const file = await fileOf(ports, capture.id);
      const { bytes, stream } = await ports.packets.open(file);
      return reply
        .type('application/x-pcapng')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${capture.id.replace(/[^\w.-]/g, '_')}.pcapng"`)
        .send(stream);
    },
  );

  server.post(
    '/captures',
    {
      schema: {
        tags,
        body: z.strictObject({
          namespace: z.string().min(1).max(300).optional().describe('Of the workload.'),
          workload: z.string().min(1).max(300),
          peer: z.string().min(1).max(300),
          service_port: z.int().min(1).max(65_535).optional(),
          before_ms: z.int().min(0).max(600_000).default(10_000),
          during_ms: z.int().min(0).max(600_000).default(20_000),
        }),
        response: { 200: z.object({ id: z.string() }) },
      },
    },
    async (request) => {
      const { ports } = request;
      const { workload, peer } = request.body;
      return audited(request, { action: 'capture.start', target: `${workload} → ${peer}` }, () =>
        ports.actions.startCapture({ ...request.body, requested_by: request.caller.name }),
      );
    },
  );
};

async function findCapture(ports: Pick<ConsolePorts, 'reader'>, id: string): Promise<CaptureView> {
  const entry = await ports.reader.ask('getCapture', id);
  if (entry === undefined) throw new ConsoleError(404, `there is no capture ${id}`);
  return toCaptureView(entry);
}

async function fileOf(ports: Pick<ConsolePorts, 'reader'>, id: string): Promise<string> {
  const { capture, phase } = await findCapture(ports, id);
  if (capture === null || capture.file === null)
    throw new ConsoleError(404, `this capture has no file (${capture?.reason ?? phase})`);
  return capture.file;
}
