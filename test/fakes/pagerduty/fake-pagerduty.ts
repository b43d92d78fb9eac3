import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventFaults, type PagerdutyEvent } from './event-faults.ts';

export interface FakeIncident {
  readonly dedupKey: string;
  status: 'triggered' | 'acknowledged' | 'resolved';
  /** Of the first trigger since it was last resolved. */
  readonly payload: NonNullable<PagerdutyEvent['payload']>;
  triggers: number;
}

/** `*-after-accept`: the event is in, the caller does not learn of it. */
export type PagerdutyTrouble =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  | { readonly kind: 'reset-after-accept' }
  | { readonly kind: 'hang-after-accept' };

const sizeLimitBytes = 512 * 1024;

/**
 * An Events API v2 for tests, as strict as its documentation
 * (https://developer.pagerduty.com/docs/send-alert-event): keys, actions, lengths, sizes, deduplication by key.
 */
export class FakePagerduty implements AsyncDisposable {
  readonly routingKey = 'R0123456789ABCDEF0123456789ABCDE';
  /** Keys that are taken; change it to revoke one. */
  readonly keys = new Set([this.routingKey]);
  readonly incidents: FakeIncident[] = [];
  readonly events: PagerdutyEvent[] = [];
  /** What was answered otherwise than 202, with its reasons. */
  readonly rejected: string[] = [];
  readonly troubles: PagerdutyTrouble[] = [];
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  /** For `api_url`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const trouble = this.troubles.shift();
    if (trouble?.kind === 'status') {
      const retry = trouble.retryAfterS === undefined ? {} : { 'retry-after': String(trouble.retryAfterS) };
      return void response.writeHead(trouble.status, retry).end('{"status":"error"}');
    }
    const [status, answer] = this.#take(request, body);
    if (status !== 202) this.rejected.push(JSON.stringify(answer));
    if (trouble?.kind === 'hang-after-accept') return;
    if (trouble?.kind === 'reset-after-accept') return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #take(request: IncomingMessage, body: Buffer): readonly [status: number, answer: object] {
    const invalid = (errors: readonly string[]) =>
      [400, { status: 'invalid event', message: 'Event object is invalid', errors }] as const;
    if (request.method !== 'POST' || request.url !== '/v2/enqueue') return [404, { status: 'not found' }];
    if (body.length > sizeLimitBytes) return [413, { status: 'payload too large' }];
    if (request.headers['content-type'] !== 'application/json') return [415, { status: 'unsupported' }];
    const event = parsed(body.toString('utf8'));
    if (event === null) return [400, { status: 'unrecognized object', message: 'not JSON', errors: [] }];
    const faults = eventFaults(event);
    if (faults.length > 0) return invalid(faults);
    if (!this.keys.has(event.routing_key ?? '')) return invalid(['Invalid routing key']);
    this.events.push(event);
    this.#apply(event);
    return [202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key }];
  }

  /** What PagerDuty makes of events: a key has one open incident at most, and only a trigger opens one. */
  #apply(event: PagerdutyEvent): void {
    const dedupKey = event.dedup_key ?? `generated-${this.incidents.length}`;
    const open = this.incidents.find((one) => one.dedupKey === dedupKey && one.status !== 'resolved');
    if (event.event_action === 'trigger' && event.payload) {
      if (open) open.triggers += 1;
      else this.incidents.push({ dedupKey, status: 'triggered', payload: event.payload, triggers: 1 });
    } else if (open) {
      open.status = event.event_action === 'resolve' ? 'resolved' : 'acknowledged';
    }
  }
}

function parsed(text: string): PagerdutyEvent | null {
  try {
    return JSON.parse(text) as PagerdutyEvent;
  } catch {
    // The caller answers as PagerDuty does.
    return null;
  }
}

/** Starts on a free port of the loopback. */
export async function startFakePagerduty(): Promise<FakePagerduty> {
  const pagerduty = new FakePagerduty();
  await pagerduty.start();
  return pagerduty;
}
