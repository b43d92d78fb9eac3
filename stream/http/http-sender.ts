import type { CloudEvent } from '../cloud-event.ts';
import type { StreamRecord } from '../port.ts';
import { retryPatiently } from '../retry-patiently.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { RecordSender } from '../uploader.ts';
import { encodeBatch } from './batch-body.ts';
import { batchBytes, batchContentType, eventsPath } from './protocol.ts';
import type { ServerClient } from './server-client.ts';
import { ServerError } from './server-error.ts';
import type { ServerReach } from './server-reach.ts';

export interface HttpSenderOptions {
  readonly client: ServerClient;
  readonly reach: ServerReach;
  readonly logger: StreamLogger;
  readonly random: () => number;
  /** Longest pause between two tries; default 10 s. */
  readonly maxRetryMs?: number;
}

const silenceMs = 30_000;

/**
 * Posts records to the server, in order and for as long as it takes. Whatever it answers, what it has not taken is
 * not given up: a server that is mended tomorrow gets it tomorrow, as far as the spool reaches. The one exception is a
 * single event that is larger than the server can ever take.
 */
export function createHttpSender(options: HttpSenderOptions): RecordSender {
  const { client, reach, logger, random, maxRetryMs = 10_000 } = options;

  async function post(events: readonly CloudEvent[], signal: AbortSignal): Promise<void> {
    const body = await encodeBatch(events);
    const headers = {
      'content-type': batchContentType,
      'content-encoding': 'zstd',
      'content-length': body.length,
    };
    await retryPatiently(
      () => client.send({ method: 'POST', path: eventsPath, headers, body, silenceMs, signal }),
      {
        signal,
        random,
        maxRetryMs,
        isRetryable: (error) => error instanceof ServerError && error.code !== 'HTTP_TOO_LARGE',
        waitMs: (error) => (error as ServerError).retryAfterMs,
        onFailure: (error) => reach.failed('events', error),
      },
    );
    reach.worked('events');
  }

  async function postWithin(events: readonly CloudEvent[], signal: AbortSignal): Promise<void> {
    try {
      await post(events, signal);
    } catch (error) {
      if (!(error instanceof ServerError) || error.code !== 'HTTP_TOO_LARGE') throw error;
      const [event] = events;
      if (events.length > 1) {
        const half = Math.ceil(events.length / 2);
        await postWithin(events.slice(0, half), signal);
        await postWithin(events.slice(half), signal);
      } else if (event !== undefined)
        logger.error({ id: event.id, type: event.type }, `an event is lost: ${error.message}`);
    }
  }

  return {
    async send(records, signal) {
      for (const batch of cutBySize(records)) await postWithin(batch, signal);
    },
  };
}

/** Batches of about `batchBytes`, none empty. */
function* cutBySize(records: readonly StreamRecord[]): Generator<readonly CloudEvent[]> {
  let batch: CloudEvent[] = [];
  let bytes = 0;
  for (const { event } of records) {
    const size = JSON.stringify(event).length;
    if (batch.length > 0 && bytes + size > batchBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
