import Fastify, { type FastifyInstance } from 'fastify';
import type { Secret } from '../../source-text/secret.ts';
import type { Listener } from '../listener.ts';
import { answerInteraction, type InteractionOptions } from './answer-press.ts';
import { createRequestVerifier } from './verify-request.ts';

export interface HttpListenerOptions extends InteractionOptions {
  /** `host:port`. */
  readonly listen: string;
  readonly signingSecret: Secret;
  readonly nowMs: () => number;
}

export const interactionsPath = '/slack/interactions';
const bodyLimitBytes = 256 * 1024;
const slowestMs = 10_000;

/**
 * Takes Slack's signed requests on a port of its own, which a proxy with TLS makes reachable: nothing else of Saccade
 * is behind it. What is not genuine is answered 401 without a reason.
 */
export function createHttpListener(options: HttpListenerOptions): Listener & { url(): string } {
  const verify = createRequestVerifier(options.nowMs);
  let server: FastifyInstance | undefined;

  async function start(): Promise<void> {
    server = Fastify({
      logger: false,
      bodyLimit: bodyLimitBytes,
      // Whoever keeps a connection open without asking for anything loses it.
      connectionTimeout: slowestMs,
      requestTimeout: slowestMs,
      forceCloseConnections: true,
    });
    // The signature covers the bytes as sent.
    server.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, done) => done(null, body),
    );
    server.post(interactionsPath, async (request, reply) => {
      const body = typeof request.body === 'string' ? request.body : '';
      const header = (name: string) => String(request.headers[name] ?? '');
      const timestamp = header('x-slack-request-timestamp');
      const signature = header('x-slack-signature');
      const verdict = verify(await options.signingSecret.reveal(), { timestamp, signature, body });
      if (verdict !== 'genuine') {
        options.onTrouble(`a request was refused: ${verdict}`);
        return reply.code(401).send();
      }
      let taken = false;
      await answerInteraction(options, payloadOf(body), async () => {
        taken = true;
        await reply.code(200).send();
      });
      return taken ? reply : reply.code(500).send();
    });
    const [, host = '127.0.0.1', port = '0'] = /^\[?(.*?)\]?:(\d+)$/u.exec(options.listen) ?? [];
    await server.listen({ host, port: Number(port) });
  }

  return {
    start,
    stop: async () => server?.close(),
    url: () => {
      const address = server?.server.address();
      return typeof address === 'object' && address !== null
        ? `http://127.0.0.1:${address.port}${interactionsPath}`
        : options.listen;
    },
  };
}

function payloadOf(body: string): unknown {
  try {
    return JSON.parse(new URLSearchParams(body).get('payload') ?? '');
  } catch {
    // Signed, but nothing that a button sends: it is taken and ignored.
    return null;
  }
}
