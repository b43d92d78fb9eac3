import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SinkRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the next request meets. `reset` and `hang` come after it was taken, so the sender does not learn of it. */
export type SinkTrouble =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'garbage' };

/** Takes every POST and keeps it: the far end of a webhook. */
export class HttpSink implements AsyncDisposable {
  readonly requests: SinkRequest[] = [];
  readonly troubles: SinkTrouble[] = [];
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    this.requests.push({ path: request.url ?? '', headers: request.headers, body });
    const trouble = this.troubles.shift();
    switch (trouble?.kind) {
      case undefined:
        return void response.writeHead(204).end();
      case 'status':
        return void response
          .writeHead(
            trouble.status,
            trouble.retryAfter === undefined ? {} : { 'retry-after': trouble.retryAfter },
          )
          .end('no');
      case 'redirect':
        return void response.writeHead(307, { location: trouble.to }).end();
      case 'garbage':
        return void response.writeHead(500).end('<html>'.repeat(100_000));
      case 'reset':
        return void response.destroy();
      case 'hang':
        return;
      default:
        return trouble satisfies never;
    }
  }
}

/** Starts on a free port of the loopback. */
export async function startHttpSink(): Promise<HttpSink> {
  const sink = new HttpSink();
  await sink.start();
  return sink;
}
