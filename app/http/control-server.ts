import { createHash } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { matcherFault } from '../../notifiers/matcher.ts';
import { type Matcher, matcherSchema, type Silence } from '../../stream/events/control.ts';
import { topics } from '../../stream/port.ts';
import type { Component } from '../lifecycle.ts';

/** What the command line asks of a running Saccade. Reading history needs no server: see `history/`. */
export interface ControlHandlers {
  listSilences(): readonly Silence[];
  addSilence(request: AddSilence): Promise<Silence>;
  /** Rejects with a `ControlError` of status 404 for an unknown id. */
  expireSilence(id: string, by: string): Promise<void>;
  acknowledge(request: Acknowledge): Promise<void>;
  startCapture(request: StartCapture): Promise<{ readonly id: string }>;
  /** Rejects with a `ControlError` of status 400 where the event still cannot be taken. */
  replayDead(request: ReplayDead): Promise<{ readonly id: string }>;
  status(): object;
}

/** A pattern that could run away is refused here, to the person, not later in the stream. */
function refuseBadMatcher(context: z.core.ParsePayload<Matcher>): void {
  const message = matcherFault(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: context.value });
}

export const addSilenceSchema = z.strictObject({
  matchers: z.array(matcherSchema.check(refuseBadMatcher)).min(1).max(20),
  duration_ms: z
    .number()
    .int()
    .min(1000)
    .max(366 * 86_400_000),
  created_by: z.string().min(1).max(200),
  comment: z.string().max(2000),
});
export type AddSilence = z.infer<typeof addSilenceSchema>;

const expireSchema = z.strictObject({ by: z.string().min(1).max(200) });

export const acknowledgeSchema = z.strictObject({
  fingerprint: z.string().min(1).max(200),
  episode: z.int().min(1),
  by: z.string().min(1).max(200),
});
export type Acknowledge = z.infer<typeof acknowledgeSchema>;

export const startCaptureSchema = z.strictObject({
  /** Of the workload; without, the one that talked last in whichever. */
  namespace: z.string().min(1).max(300).optional(),
  /** Only in these. */
  namespaces: z.array(z.string().min(1).max(300)).max(2_000).readonly().optional(),
  /** As in observations: `netns/checkout`. */
  workload: z.string().min(1).max(300),
  peer: z.string().min(1).max(300),
  service_port: z.int().min(1).max(65_535).optional(),
  before_ms: z.int().min(0).max(600_000),
  during_ms: z.int().min(0).max(600_000),
  max_bytes: z.int().min(1000).max(1e9),
  requested_by: z.string().min(1).max(200),
});
export type StartCapture = z.infer<typeof startCaptureSchema>;

export const replayDeadSchema = z.strictObject({
  topic: z.enum(topics).exclude(['dead']),
  /** The event as the dead letter holds it. */
  event: z.unknown(),
});
export type ReplayDead = z.infer<typeof replayDeadSchema>;

/** A request that cannot be carried out; `message` is for the person who asked. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: 400 | 404 | 409;

  constructor(status: 400 | 404 | 409, message: string) {
    super(message);
    this.status = status;
  }
}

/** sun_path holds 108 bytes (unix(7)); a longer folder gets a socket in the temporary folder, named after it. */
const longestSocketPath = 107;

/** Where the socket of the Saccade with this data folder is. */
export function controlSocketPath(dataDirectory: string): string {
  const folder = resolve(dataDirectory);
  const path = join(folder, 'control.sock');
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  return join(tmpdir(), `saccade-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`);
}

/** JSON over HTTP on a UNIX socket that only the owner of the process may open (mode 0600). */
export function createControlServer(
  path: string,
  handlers: ControlHandlers,
  addFurther: (server: FastifyInstance) => void = () => undefined,
): Component {
  let server: FastifyInstance | undefined;

  async function start(): Promise<void> {
    server = Fastify({ logger: false, bodyLimit: 64 * 1024, forceCloseConnections: true });
    server.setErrorHandler(async (error, _request, reply) => {
      const { status, message } = describeError(error);
      return reply.code(status).send({ error: message });
    });
    addRoutes(server, handlers);
    addFurther(server);
    // The data folder is locked by now: a socket that is there is left over from a killed process.
    await rm(path, { force: true });
    await server.listen({ path });
    await chmod(path, 0o600);
  }

  async function stop(): Promise<void> {
    await server?.close();
    await rm(path, { force: true });
  }

  return { name: 'control socket', start, stop };
}

function addRoutes(server: FastifyInstance, handlers: ControlHandlers): void {
  server.get('/v1/status', async () => handlers.status());
  server.get('/v1/silences', async () => handlers.listSilences());
  server.post('/v1/silences', async (request) =>
    handlers.addSilence(parseBody(addSilenceSchema, request.body)),
  );
  server.post<{ Params: { id: string } }>('/v1/silences/:id/expire', async (request) => {
    await handlers.expireSilence(request.params.id, parseBody(expireSchema, request.body).by);
    return {};
  });
  server.post('/v1/acknowledgements', async (request) => {
    await handlers.acknowledge(parseBody(acknowledgeSchema, request.body));
    return {};
  });
  server.post('/v1/dead-letters/replay', async (request) =>
    handlers.replayDead(parseBody(replayDeadSchema, request.body)),
  );
  server.post('/v1/captures', async (request) =>
    handlers.startCapture(parseBody(startCaptureSchema, request.body)),
  );
}

/** Throws a `ControlError` that says what is wrong with it. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ControlError(400, z.prettifyError(result.error));
}

function describeError(error: unknown): { status: number; message: string } {
  if (error instanceof ControlError) return { status: error.status, message: error.message };
  const { statusCode, message } = error as { statusCode?: number; message: string };
  return { status: statusCode ?? 500, message };
}
