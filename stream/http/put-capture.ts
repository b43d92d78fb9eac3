import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { retryPatiently } from '../retry-patiently.ts';
import { capturePath, digestHeader } from './protocol.ts';
import type { ServerClient } from './server-client.ts';
import { ServerError } from './server-error.ts';
import type { ServerReach } from './server-reach.ts';

export interface OutgoingCapture {
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface PutCaptureOptions {
  readonly client: ServerClient;
  readonly reach: ServerReach;
  readonly random: () => number;
}

const silenceMs = 30_000;

/**
 * Brings a file to the server and tries for as long as it may help; repeats are harmless. Rejects with a `ServerError`
 * where the server never takes this file, with the error of the file system where it cannot be read.
 */
export async function putCapture(
  { client, reach, random }: PutCaptureOptions,
  { id, path, bytes, sha256 }: OutgoingCapture,
  signal: AbortSignal,
): Promise<void> {
  const headers = {
    'content-type': 'application/x-pcapng',
    'content-length': bytes,
    [digestHeader]: `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  };
  const body = () => createReadStream(path);
  const request = { method: 'PUT', path: capturePath(id), headers, body, silenceMs, signal } as const;
  const bring = async (): Promise<string> => {
    // Told apart from a connection that breaks: what is gone does not come back.
    await access(path);
    return client.send(request);
  };
  await retryPatiently(bring, {
    signal,
    random,
    maxRetryMs: 10_000,
    isRetryable: isPassing,
    waitMs: (error) => (error as ServerError).retryAfterMs,
    onFailure: (error) => reach.failed('capture', error),
  });
  reach.worked('capture');
}

/** What the server says of this very file does not pass. */
function isPassing(error: unknown): boolean {
  return error instanceof ServerError && error.code !== 'HTTP_TOO_LARGE' && error.code !== 'HTTP_REFUSED';
}
