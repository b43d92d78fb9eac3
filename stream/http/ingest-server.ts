import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { SecretError } from '../../source-text/secret.ts';
import { LogError } from '../embedded/log-error.ts';
import type { StreamLogger } from '../stream-logger.ts';
import { AccessError, type AuthenticateAgent } from './agent-access.ts';
import type { AgentIdentity } from './admission.ts';
import { BodyError } from './batch-body.ts';
import { addCaptureRoute, type CaptureSink, CaptureSinkError } from './capture-route.ts';
import type { CommandFeed } from './command-feed.ts';
import { addCommandsRoute } from './commands-route.ts';
import { addEventsRoute, type TakeEvents } from './events-route.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { batchContentType, maxBodyBytes } from './protocol.ts';
import { RefusedError } from './refused-error.ts';

/** PEM texts. */
export interface IngestTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

export interface IngestServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: IngestTls | undefined;
  readonly authenticate: AuthenticateAgent;
  /** undefined: events are not taken here, only captures. */
  readonly events: { readonly take: TakeEvents; readonly commands: CommandFeed } | undefined;
  readonly captures: CaptureSink;
  readonly metrics: IngestMetrics;
  readonly logger: StreamLogger;
}

export interface IngestServer {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Known after `start`. */
  url(): string;
  /** New certificates for connections from now on. */
  renew(tls: IngestTls): void;
}

/** Sent before a body is read; who is let in is decided on the headers alone. */
declare module 'fastify' {
  interface FastifyRequest {
    agent: AgentIdentity | undefined;
  }
}

/** Where agents report: events up, commands down, capture files. Nothing here answers to a person. */
export function createIngestServer(options: IngestServerOptions): IngestServer {
  const { host, port, tls } = options;
  let server: FastifyInstance | undefined;

  function build(): FastifyInstance {
    const settings = { logger: false, forceCloseConnections: true, bodyLimit: maxBodyBytes } as const;
    // Without a client authority nobody is asked for a certificate; a token may stand in for one.
    const https = tls && { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: false };
    const app = (
      https === undefined ? Fastify(settings) : Fastify({ ...settings, https })
    ) as FastifyInstance;
    app.decorateRequest('agent', undefined);
    app.addHook('onRequest', async (request) => {
      request.agent = await options.authenticate(request.raw);
    });
    app.addContentTypeParser(batchContentType, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    // The body of a capture is read as a stream by its route.
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    app.addHook('onResponse', async (request, reply) =>
      options.metrics.requested(routeOf(request.routeOptions.url), reply.statusCode),
    );
    app.setErrorHandler(async (error, request, reply) => {
      const { status, message, retryAfterS } = explain(error);
      if (status >= 500) note(request, error);
      if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
      if (status === 401) reply.header('www-authenticate', 'Bearer');
      return reply.code(status).send({ error: message });
    });
    if (options.events !== undefined) {
      addEventsRoute(app, { ...options.events, metrics: options.metrics });
      addCommandsRoute(app, options.events.commands);
    }
    addCaptureRoute(app, { sink: options.captures, metrics: options.metrics });
    return app;
  }

  function note(request: FastifyRequest, error: unknown): void {
    options.logger.warn({ err: error, node: request.agent?.node, url: request.url }, 'an agent has to wait');
  }

  return {
    async start() {
      const app = (server = build());
      options.events?.commands.start();
      await app.listen({ host, port });
    },
    async stop() {
      await options.events?.commands.stop();
      await server?.close();
    },
    url() {
      const address = server?.server.address() as AddressInfo | null | undefined;
      const scheme = tls === undefined ? 'http' : 'https';
      const name = address?.family === 'IPv6' ? `[${address.address}]` : (address?.address ?? host);
      return `${scheme}://${name}:${address?.port ?? port}`;
    },
    renew(next) {
      const secure = server?.server as { setSecureContext?: (tls: IngestTls) => void } | undefined;
      secure?.setSecureContext?.(next);
    },
  };
}

function routeOf(url: string | undefined): 'events' | 'commands' | 'captures' | 'other' {
  if (url === '/v1/events') return 'events';
  if (url === '/v1/agents/:node/commands') return 'commands';
  return url === '/v1/captures/:id' ? 'captures' : 'other';
}

interface Explained {
  readonly status: number;
  readonly message: string;
  readonly retryAfterS?: number;
}

/** Total: what is not known is this server's fault, and the agent tries again. */
function explain(error: unknown): Explained {
  if (error instanceof RefusedError)
    return { status: error.status, message: error.message, retryAfterS: error.retryAfterS };
  if (error instanceof AccessError || error instanceof BodyError || error instanceof CaptureSinkError)
    return { status: error.status, message: error.message };
  if (error instanceof LogError) return { status: 503, message: error.message, retryAfterS: 5 };
  if (error instanceof SecretError) return { status: 503, message: error.message, retryAfterS: 10 };
  const { statusCode, message } = error as { readonly statusCode?: number; readonly message: string };
  return { status: statusCode ?? 500, message };
}
