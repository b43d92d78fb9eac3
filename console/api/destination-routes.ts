import { z } from 'zod';
import { destinationStates } from '../../history/destination-queries.ts';
import { protocols } from '../../stream/events/observation.ts';
import { timeSchema, type Routes } from './api-server.ts';

const destinationSchema = z
  .object({
    cluster: z.string(),
    namespace: z.string(),
    workload: z.string(),
    name: z.string().describe('Registered domain, or a prefix where no name is known.'),
    host: z.string().describe('Contacted last.'),
    service_port: z.number().describe('0 over UDP: any of the ports that are given to clients.'),
    protocol: z.enum(protocols),
    state: z.enum(destinationStates),
    first_ms: z.number(),
    last_ms: z.number(),
    contacts: z.number(),
    bytes_sent: z.number(),
    bytes_received: z.number(),
  })
  .meta({ id: 'Destination' });
export type DestinationView = z.infer<typeof destinationSchema>;

const text = z.string().max(300).optional();

/** Where workloads connect to outside. */
export const addDestinationRoutes: Routes = (server) => {
  server.get(
    '/destinations',
    {
      schema: {
        tags: ['destinations'],
        querystring: z.strictObject({
          name: text.describe('Part of the name.'),
          namespace: text,
          workload: text,
          state: z.enum(destinationStates).optional(),
          since_ms: timeSchema.optional().describe('Contacted since.'),
          limit: z.coerce.number().int().min(1).max(10_000).default(1000),
        }),
        response: { 200: z.object({ destinations: z.array(destinationSchema) }) },
      },
    },
    async ({ query, ports }) => {
      const { since_ms: sinceMs, ...same } = query;
      const question = { nowMs: ports.nowMs(), sinceMs, ...same };
      const found = await ports.reader.ask('listDestinations', question);
      return {
        destinations: found.map((one) => ({
          cluster: one.cluster,
          namespace: one.namespace,
          workload: one.workload,
          name: one.name,
          host: one.host,
          service_port: one.servicePort,
          protocol: one.protocol,
          state: one.state,
          first_ms: one.firstMs,
          last_ms: one.lastMs,
          contacts: one.contacts,
          bytes_sent: one.bytesSent,
          bytes_received: one.bytesReceived,
        })),
      };
    },
  );
};
