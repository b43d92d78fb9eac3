import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { agentOf } from './events-route.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { digestHeader } from './protocol.ts';
import { RefusedError } from './refused-error.ts';

/** The file was not taken; `status` is what HTTP calls it. */
export class CaptureSinkError extends Error {
  override readonly name = 'CaptureSinkError';
  readonly status: 400 | 413 | 422 | 507;

  constructor(status: 400 | 413 | 422 | 507, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export interface IncomingCapture {
  readonly id: string;
  readonly node: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface CaptureSink {
  /** Resolved: the file is on disk, whole, with this hash. A repeat of the same is the same. Rejects with a `CaptureSinkError`. */
  store(capture: IncomingCapture, body: Readable): Promise<void>;
}

const maxAtOnce = 8;
const maxIdLength = 300;

export interface CaptureRouteOptions {
  readonly sink: CaptureSink;
  readonly metrics: IngestMetrics;
}

/** `PUT /v1/captures/ID`: the file as the body, its length and its hash in the headers. */
export function addCaptureRoute(server: FastifyInstance, { sink, metrics }: CaptureRouteOptions): void {
  let running = 0;
  server.put<{ Params: { id: string }; Body: Readable }>(
    '/v1/captures/:id',
    // The sink has its own limit, by the bytes that really come.
    { bodyLimit: Number.MAX_SAFE_INTEGER },
    async (request, reply) => {
      if (running >= maxAtOnce) throw new RefusedError(503, `${running} captures are being taken`, 2);
      running += 1;
      try {
        const bytes = Number(request.headers['content-length'] ?? NaN);
        const sha256 = sha256Of(request.headers[digestHeader]);
        const { id } = request.params;
        if (!Number.isSafeInteger(bytes) || sha256 === undefined || id.length > maxIdLength)
          throw new CaptureSinkError(400, `content-length and ${digestHeader}: sha-256=:…: are needed`);
        await sink.store({ id, node: agentOf(request).node, bytes, sha256 }, request.body);
        metrics.stored(bytes);
        return await reply.code(204).send();
      } finally {
        running -= 1;
      }
    },
  );
}

function sha256Of(header: string | string[] | undefined): string | undefined {
  const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(String(header ?? ''))?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}
