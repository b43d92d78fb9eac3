import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { agentHeaders, protocolVersion } from './protocol.ts';
import { ServerError, toServerError } from './server-error.ts';

/** PEM texts; absent: what Node trusts, no certificate of one's own. */
export interface ClientTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

export interface ServerClientOptions {
  readonly url: string;
  readonly node: string;
  readonly instance: string;
  readonly version: string;
  /** Asked for each request, so that changed files count. May reject: the request fails with HTTP_CREDENTIAL. */
  readonly token: (() => Promise<string>) | undefined;
  readonly tls: () => Promise<ClientTls>;
}

export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | (() => Readable);
  /** Without any byte from the other side for so long, it is given up. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/** An agent's requests to its server. Everything that fails is a `ServerError`. */
export interface ServerClient {
  readonly node: string;
  /** Resolves with a successful answer's text. */
  send(request: ServerRequest): Promise<string>;
  /** Resolves with a successful answer whose body goes on. */
  open(request: ServerRequest): Promise<IncomingMessage>;
  close(): void;
}

const maxAnswerBytes = 64 * 1024;
const maxSockets = 4;

export function createServerClient(options: ServerClientOptions): ServerClient {
  const base = new URL(options.url);
  const secure = base.protocol === 'https:';
  const plain = new HttpAgent({ keepAlive: true, maxSockets });
  let pool: { readonly key: string; readonly agent: HttpsAgent } | undefined;

  /** Connections are kept as long as the certificates are the same. */
  async function securePool(): Promise<HttpsAgent> {
    const tls = await options.tls();
    const key = JSON.stringify(tls);
    if (pool?.key !== key) {
      pool?.agent.destroy();
      pool = { key, agent: new HttpsAgent({ keepAlive: true, maxSockets, ...tls }) };
    }
    return pool.agent;
  }

  async function headersOf(request: ServerRequest): Promise<Record<string, string | number>> {
    const token = await options.token?.();
    return {
      [agentHeaders.node]: encodeURIComponent(options.node),
      [agentHeaders.instance]: encodeURIComponent(options.instance),
      [agentHeaders.version]: options.version,
      [agentHeaders.protocol]: protocolVersion,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...request.headers,
    };
  }

  async function open(request: ServerRequest): Promise<IncomingMessage> {
    const [headers, agent] = await prepared(request);
    const response = await exchange(request, headers, agent);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw toServerError(status, await readText(response), response.headers['retry-after']);
  }

  async function prepared(request: ServerRequest) {
    try {
      return [await headersOf(request), secure ? await securePool() : plain] as const;
    } catch (error) {
      throw new ServerError('HTTP_CREDENTIAL', (error as Error).message, { cause: error });
    }
  }

  function exchange(
    { method, path, body, silenceMs, signal }: ServerRequest,
    headers: Readonly<Record<string, string | number>>,
    agent: HttpAgent,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const start = secure ? httpsRequest : httpRequest;
      const target = new URL(path, base);
      const call = start(target, { method, headers, agent, timeout: silenceMs, signal }, resolve);
      call.on('timeout', () =>
        call.destroy(new ServerError('HTTP_TIMEOUT', `${base.host} is silent for ${silenceMs / 1000} s`)),
      );
      call.on('error', (error) => reject(toUnreachable(error, base.host)));
      if (typeof body === 'function') pipeline(body(), call, (error) => error && reject(error));
      else call.end(body);
    });
  }

  return {
    node: options.node,
    open,
    send: async (request) => readText(await open(request)),
    close() {
      plain.destroy();
      pool?.agent.destroy();
    },
  };
}

function toUnreachable(error: Error, host: string): Error {
  if (error instanceof ServerError || error.name === 'AbortError') return error;
  return new ServerError('HTTP_UNREACHABLE', `${host} cannot be reached: ${error.message}`, { cause: error });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= maxAnswerBytes) chunks.push(chunk);
    }
  } catch (error) {
    throw new ServerError('HTTP_UNREACHABLE', `the answer broke off: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return Buffer.concat(chunks).toString();
}
