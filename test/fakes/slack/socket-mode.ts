import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Answer } from './fake-workspace.ts';

/** Slack sends an envelope again when it is not acknowledged within three seconds. */
const ackWithinMs = 3_000;

/**
 * Socket Mode as Slack does it (https://docs.slack.dev/apis/events-api/using-socket-mode): an app-level token buys one
 * WebSocket address, which works once; the server says hello, sends envelopes, and expects each to be acknowledged.
 */
export class FakeSocketMode {
  readonly appToken = 'xapp-fake-0123456789';
  readonly #tickets = new Set<string>();
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #waiting = new Map<string, () => void>();

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      const ticket = new URL(request.url ?? '', 'http://fake').searchParams.get('ticket') ?? '';
      if (!this.#tickets.delete(ticket)) return void socket.destroy();
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket));
    });
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  /** `apps.connections.open`. */
  open(origin: string, token: string | undefined): Answer {
    if (token !== this.appToken)
      return { ok: false, error: token?.startsWith('xoxb-') ? 'not_allowed_token_type' : 'invalid_auth' };
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return { ok: true, url: `${origin.replace('http', 'ws')}/link/?ticket=${ticket}` };
  }

  /** Sends an envelope to one connection; resolves to whether it was acknowledged in time. */
  async deliver(payload: unknown, envelopeId: string = randomUUID()): Promise<boolean> {
    const [connection] = this.#server.clients;
    if (!connection) throw new Error('nobody is connected');
    const acked = new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ackWithinMs);
      this.#waiting.set(envelopeId, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    connection.send(
      JSON.stringify({
        envelope_id: envelopeId,
        type: 'interactive',
        accepts_response_payload: true,
        payload,
      }),
    );
    return acked;
  }

  /** What Slack does every few hours. */
  refresh(): void {
    for (const connection of this.#server.clients)
      connection.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
  }

  stop(): void {
    for (const connection of this.#server.clients) connection.terminate();
    this.#server.close();
  }

  #welcome(connection: WebSocket): void {
    connection.on('message', (data: Buffer) => {
      const { envelope_id: id } = JSON.parse(data.toString('utf8')) as { readonly envelope_id?: string };
      this.#waiting.get(id ?? '')?.();
      this.#waiting.delete(id ?? '');
    });
    connection.send(
      JSON.stringify({ type: 'hello', num_connections: this.connections, connection_info: {} }),
    );
  }
}
