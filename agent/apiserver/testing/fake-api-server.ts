import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KeyPair } from './certificates.ts';

/** How the server answers from now on. */
export type Behaviour =
  | { readonly kind: 'healthy'; readonly delayMs?: number }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection: before the answer, or in the middle of it. */
  | { readonly kind: 'reset'; readonly midway: boolean }
  /** Sends without end. */
  | { readonly kind: 'flood' };

export interface FakeApiServerOptions {
  readonly identity: KeyPair;
  /** Bearer token that is let in; undefined: anybody. */
  readonly token?: string;
  /** Authority whose clients are let in, and nobody else. */
  readonly clientAuthority?: string;
  readonly host?: string;
}

/**
 * HTTPS as a kube-apiserver speaks it: `/readyz` is text, a list is JSON, refusals are a `Status` object, 429 has a
 * Retry-After. It stands in where the real one would take minutes to build.
 */
export class FakeApiServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #token: string | undefined;
  readonly #host: string;
  readonly #sockets = new Set<Socket>();
  behaviour: Behaviour = { kind: 'healthy' };
  connections = 0;
  /** Path → what is answered there in place of a list. */
  readonly objects = new Map<string, object>();
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[] = [];

  constructor(options: FakeApiServerOptions) {
    this.#token = options.token;
    this.#host = options.host ?? '127.0.0.1';
    const { clientAuthority, identity } = options;
    this.#server = createServer({
      ...identity,
      ...(clientAuthority !== undefined && { ca: clientAuthority, requestCert: true }),
    });
    this.#server.on('request', (request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.#server.listen(0, this.#host, () => resolve(this)));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${this.port}`;
  }

  replaceIdentity(identity: KeyPair): void {
    this.#server.setSecureContext(identity);
  }

  /** As a server does with idle connections. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`)
      return refuse(response, 401, {});
    const { behaviour } = this;
    switch (behaviour.kind) {
      case 'healthy':
        return void setTimeout(
          () => succeed(request, response, this.objects.get(request.url ?? '')),
          behaviour.delayMs ?? 0,
        );
      case 'status':
        return refuse(response, behaviour.status, behaviour.headers ?? {});
      case 'hang':
        return;
      case 'reset':
        return reset(request, response, behaviour.midway);
      case 'flood':
        return flood(response);
      default:
        behaviour satisfies never;
    }
  }
}

function succeed(request: IncomingMessage, response: ServerResponse, object: object | undefined): void {
  if (request.url === '/readyz') return void response.setHeader('content-type', 'text/plain').end('ok');
  const items = [{ metadata: { name: 'default' } }];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(object ?? { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items }));
}

function refuse(response: ServerResponse, code: number, headers: Record<string, string>): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code }));
}

function reset(request: IncomingMessage, response: ServerResponse, midway: boolean): void {
  if (!midway) return void request.socket.destroy();
  response.writeHead(200, { 'content-length': '1000' });
  response.write('half', () => request.socket.destroy());
}

function flood(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 'x');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
