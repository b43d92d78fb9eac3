import type { FastifyInstance } from 'fastify';
import type { Producer } from '../port.ts';
import type { AgentIdentity, Admit } from './admission.ts';
import { decodeBatch } from './batch-body.ts';
import type { CommandFeed } from './command-feed.ts';
import { type OnIngestPoint, passIngestPoint } from './fault-points.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { eventsPath } from './protocol.ts';
import { RefusedError } from './refused-error.ts';

export interface TakeEventsOptions {
  readonly producer: Producer;
  readonly admit: Admit;
  /** Why the stream can take nothing more for now: its stages are behind. */
  readonly pressure: () => string | undefined;
  readonly onPoint?: OnIngestPoint;
}

export interface Taken {
  readonly accepted: number;
  /** Of these, kept as dead letters. */
  readonly refused: number;
}

export type TakeEvents = (body: Buffer, encoding: string, agent: AgentIdentity) => Promise<Taken>;

/** Bodies in memory at once; each is bounded (protocol.ts). An agent sends one after the other. */
const maxAtOnce = 32;
const maxAtOnceOfOne = 2;

/**
 * Invariant: the answer follows the append. What a crash in between makes an agent send again is dropped by
 * (source, id) as any repeat.
 */
export function createTakeEvents(options: TakeEventsOptions): TakeEvents {
  const { producer, admit, pressure, onPoint = passIngestPoint } = options;
  return async (body, encoding, agent) => {
    const reason = pressure();
    if (reason !== undefined) throw new RefusedError(503, reason, 5);
    const members = await decodeBatch(body, encoding);
    onPoint('events:read');
    const outputs = members.map((member) => admit(member, agent));
    onPoint('events:admitted');
    const byTopic = Map.groupBy(outputs, ({ topic }) => topic);
    await Promise.all(
      [...byTopic].map(([topic, own]) =>
        producer.append(
          topic,
          own.map(({ event }) => event),
        ),
      ),
    );
    onPoint('events:appended');
    return { accepted: outputs.length, refused: byTopic.get('dead')?.length ?? 0 };
  };
}

export interface EventsRouteOptions {
  readonly take: TakeEvents;
  readonly commands: Pick<CommandFeed, 'conflict'>;
  readonly metrics: IngestMetrics;
}

export function addEventsRoute(server: FastifyInstance, options: EventsRouteOptions): void {
  const { take, commands, metrics } = options;
  const running = new Map<string, number>();
  let total = 0;

  /** Before the body is read, so that what waits does not fill the memory. */
  function enter(node: string): () => void {
    const own = running.get(node) ?? 0;
    if (own >= maxAtOnceOfOne) throw new RefusedError(429, `node ${node} sends ${own} batches at once`, 1);
    if (total >= maxAtOnce) throw new RefusedError(503, `${total} batches are being taken`, 1);
    total += 1;
    running.set(node, own + 1);
    return () => {
      total -= 1;
      const left = (running.get(node) ?? 1) - 1;
      if (left === 0) running.delete(node);
      else running.set(node, left);
    };
  }

  server.post<{ Body: Buffer }>(
    eventsPath,
    {
      preParsing: async (request, reply, payload) => {
        const agent = agentOf(request);
        const conflict = commands.conflict(agent);
        if (conflict !== undefined) throw new RefusedError(409, conflict, 10);
        reply.raw.once('close', enter(agent.node));
        return payload;
      },
    },
    async (request) => {
      const encoding = request.headers['content-encoding'] ?? '';
      const taken = await take(request.body, encoding, agentOf(request));
      metrics.took(taken.accepted, taken.refused);
      return taken;
    },
  );
}

/** Who was let in by the server's own hook. */
export function agentOf({ agent }: { readonly agent: AgentIdentity | undefined }): AgentIdentity {
  if (agent === undefined) throw new Error('a request passed the door without being asked who it is');
  return agent;
}
