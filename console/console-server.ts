import fastifyCookie from '@fastify/cookie';
import fastifyRateLimit from '@fastify/rate-limit';
import fastifySwagger from '@fastify/swagger';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject, validatorCompiler } from 'fastify-type-provider-zod';
import { addAlertActionRoutes } from './api/alert-action-routes.ts';
import { addAlertRoutes } from './api/alert-routes.ts';
import type { ApiContext, ApiServer, Routes } from './api/api-server.ts';
import { addCaptureRoutes } from './api/capture-routes.ts';
import { addDestinationRoutes } from './api/destination-routes.ts';
import { addExploreRoutes } from './api/explore-routes.ts';
import { addHistoryRoutes } from './api/history-routes.ts';
import { addLiveRoutes } from './api/live-routes.ts';
import { addNowRoutes } from './api/now-routes.ts';
import { addOidcRoutes } from './api/oidc-routes.ts';
import { addRuleRoutes } from './api/rule-routes.ts';
import { addSessionRoutes } from './api/session-routes.ts';
import { addSilenceRoutes } from './api/silence-routes.ts';
import { addStatusRoutes } from './api/status-routes.ts';
import type { Assets } from './assets/load-assets.ts';
import { serveAssets } from './assets/serve-assets.ts';
import { createGuard } from './auth/guard.ts';
import { ConsoleError } from './console-error.ts';

export interface ConsoleServerOptions extends ApiContext {
  readonly loadAssets: () => Promise<Assets>;
  readonly version: string;
  /** Something failed that is nobody's mistake. */
  readonly onError: (error: unknown, url: string) => void;
}

const subjects: readonly Routes[] = [
  addSessionRoutes,
  addOidcRoutes,
  addNowRoutes,
  addAlertRoutes,
  addAlertActionRoutes,
  addHistoryRoutes,
  addSilenceRoutes,
  addCaptureRoutes,
  addRuleRoutes,
  addExploreRoutes,
  addDestinationRoutes,
  addStatusRoutes,
  addLiveRoutes,
];

const maxBodyBytes = 128 * 1024;

/** The console's HTTP server, not listening yet: `/api/v1/…`, `/api/openapi.json`, and the page for all else. */
export async function createConsoleServer(options: ConsoleServerOptions): Promise<FastifyInstance> {
  const server = Fastify({ logger: false, bodyLimit: maxBodyBytes, forceCloseConnections: true });
  // Only JSON: a form of another site can send text, and must not be understood.
  server.removeContentTypeParser('text/plain');
  server.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, message } = describeError(error);
    if (status >= 500 && !(error instanceof ConsoleError)) options.onError(error, request.url);
    return reply.code(status).send({ error: message });
  });
  await server.register(fastifyCookie);
  await server.register(fastifyRateLimit, { global: false });
  await server.register(fastifySwagger, {
    openapi: {
      info: { title: 'Saccade', version: options.version, description: 'The API of the web console.' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await server.register(async (scope) => addApi(scope as unknown as ApiServer, options), {
    prefix: '/api/v1',
  });
  server.get('/api/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  serveAssets(server, { load: options.loadAssets, signInRequired: options.authenticator.required });
  return server;
}

function addApi(scope: ApiServer, context: ApiContext): void {
  scope.setValidatorCompiler(validatorCompiler);
  // Answers are typed by their schemas; to check our own output again at run time would only cost.
  scope.setSerializerCompiler(() => (data) => JSON.stringify(data));
  scope.decorateRequest('caller');
  scope.decorateRequest('ports');
  scope.addHook('onRequest', createGuard(context.authenticator, context.ports));
  scope.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  for (const add of subjects) add(scope, context);
}

/** What the control handlers throw has a status, too: what is meant for a person is known by it. */
function describeError(error: FastifyError): { status: number; message: string } {
  const { status } = error as { status?: unknown };
  if (typeof status === 'number') return { status, message: error.message };
  if (error.validation !== undefined) return { status: 400, message: error.message };
  const code = error.statusCode ?? 500;
  return { status: code, message: code < 500 ? error.message : 'this failed; the log of Saccade says why' };
}
