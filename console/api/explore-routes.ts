import { z } from 'zod';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { measureWords } from '../../signals/measure-words.ts';
import { roles } from '../../stream/events/observation.ts';
import { ConsoleError } from '../console-error.ts';
import { timeSchema, type Routes } from './api-server.ts';

const text = z.string().max(300);
const groupings = ['namespace', 'workload', 'peer', 'service_port', 'role'] as const;
const filterShape = {
  signal: text.optional(),
  namespace: text.optional(),
  workload: text.optional(),
  peer: text.optional(),
  role: z.enum(roles).optional(),
};

const exploredSchema = z
  .object({
    unit: z.string(),
    step_ms: z.number(),
    lines: z.array(
      z.object({
        name: z.string(),
        namespace: z.string(),
        workload: z.string(),
        peer: z.string(),
        service_port: z.number(),
        role: z.string(),
        points: z.array(z.tuple([z.number(), z.number().nullable()])),
      }),
    ),
    more: z.number().describe('Lines left out; those with the highest peaks are shown.'),
    truncated: z.boolean().describe('More was stored than one question may read.'),
  })
  .meta({ id: 'Explored' });
export type ExploredView = z.infer<typeof exploredSchema>;

const signalSchema = z
  .object({
    id: z.string(),
    description: z.string(),
    measures: z.array(
      z.object({ name: z.string(), unit: z.string(), words: z.string(), description: z.string() }),
    ),
  })
  .meta({ id: 'Signal' });
export type SignalView = z.infer<typeof signalSchema>;

const edgeSchema = z.object({
  namespace: z.string(),
  workload: z.string(),
  peer: z.string(),
  peer_kind: z.string(),
  role: z.string(),
  service_ports: z.array(z.number()),
  measures: z.record(z.string(), z.number()).describe('`signal/measure` → value over the window.'),
});
export type EdgeView = z.infer<typeof edgeSchema>;

const tags = ['explore'];
const maxGroupings = 4;

/** Any measure of any kept window; who talks to whom. */
export const addExploreRoutes: Routes = (server) => {
  server.get(
    '/signals',
    { schema: { tags, response: { 200: z.object({ signals: z.array(signalSchema) }) } } },
    async () => ({
      signals: [...signalCatalogue.values()].map(({ id, description, measures }) => ({
        id,
        description,
        measures: Object.entries(measures).map(([name, { unit, description: what }]) => ({
          name,
          unit,
          words: measureWords(id, name),
          description: what,
        })),
      })),
    }),
  );

  server.get(
    '/series',
    {
      schema: {
        tags,
        querystring: z.strictObject(filterShape),
        response: {
          200: z.object({
            namespaces: z.array(z.string()),
            workloads: z.array(z.string()),
            peers: z.array(z.string()),
            signals: z.array(z.string()),
          }),
        },
      },
    },
    async ({ query, ports }) => {
      const { namespaces, workloads, peers, signals } = await ports.reader.ask('seriesChoices', query);
      return {
        namespaces: [...namespaces],
        workloads: [...workloads],
        peers: [...peers],
        signals: [...signals],
      };
    },
  );

  server.get(
    '/explore',
    {
      schema: {
        tags,
        querystring: z.strictObject({
          ...filterShape,
          signal: text,
          measure: text,
          since_ms: timeSchema,
          until_ms: timeSchema,
          by: z
            .string()
            .max(100)
            .default('workload,peer')
            .describe(`One line for each value of these, with commas between: ${groupings.join(', ')}.`),
        }),
        response: { 200: exploredSchema },
      },
    },
    async ({ query, ports }) => {
      const { since_ms: sinceMs, until_ms: untilMs, by, ...filter } = query;
      if (untilMs <= sinceMs) throw new ConsoleError(400, 'until_ms must be after since_ms');
      const explored = await ports.reader.ask('explore', {
        ...filter,
        sinceMs,
        untilMs,
        groupBy: parseGrouping(by),
      });
      if (explored === null)
        throw new ConsoleError(404, `there is no measure ${query.measure} of ${query.signal}`);
      return {
        unit: explored.unit,
        step_ms: explored.stepMs,
        lines: explored.lines.map(({ servicePort, points, ...line }) => ({
          ...line,
          service_port: servicePort,
          points: points.map(([atMs, value]): [number, number | null] => [atMs, value]),
        })),
        more: explored.more,
        truncated: explored.truncated,
      };
    },
  );

  server.get(
    '/map',
    {
      schema: {
        tags,
        querystring: z.strictObject({ since_ms: timeSchema, until_ms: timeSchema }),
        response: { 200: z.object({ edges: z.array(edgeSchema), truncated: z.boolean() }) },
      },
    },
    async ({ query, ports }) => {
      const map = await ports.reader.ask('trafficMap', { sinceMs: query.since_ms, untilMs: query.until_ms });
      return {
        edges: map.edges.map(({ peerKind, servicePorts, measures, ...edge }) => ({
          ...edge,
          peer_kind: peerKind,
          service_ports: [...servicePorts],
          measures: { ...measures },
        })),
        truncated: map.truncated,
      };
    },
  );
};

function parseGrouping(text: string): (typeof groupings)[number][] {
  return text
    .split(',')
    .filter((name) => name !== '')
    .slice(0, maxGroupings)
    .map((name) => {
      const grouping = groupings.find((one) => one === name);
      if (grouping === undefined)
        throw new ConsoleError(400, `by: "${name}" is not one of ${groupings.join(', ')}`);
      return grouping;
    });
}
