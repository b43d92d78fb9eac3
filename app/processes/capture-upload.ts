import type { Registry } from 'prom-client';
import { Counter } from 'prom-client';
import type { CaptureFile, CaptureUpload, Uploaded } from '../../agent/captures/forward-captures.ts';
import type { S3Store } from '../../capture-store/s3-store.ts';
import { putCapture, type PutCaptureOptions } from '../../stream/http/put-capture.ts';
import { ServerError } from '../../stream/http/server-error.ts';
import { createServerReach } from '../../stream/http/server-reach.ts';
import { retryPatiently } from '../../stream/retry-patiently.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { openS3Store } from '../open-s3-store.ts';
import type { AgentLink } from './agent-link.ts';
import { openServerClient } from './http-agent-link.ts';

export interface CaptureUploadOptions {
  readonly loaded: LoadedConfig;
  readonly link: Pick<AgentLink, 'server'>;
  readonly instance: string;
  readonly logger: StreamLogger;
  readonly registry: Registry;
}

/** Where an agent's captures go: the configured store, else its server; undefined: they stay where they are. */
export function createCaptureUpload(options: CaptureUploadOptions): CaptureUpload | undefined {
  const { loaded, link, instance, logger, registry } = options;
  const { node, captures } = loaded.config;
  const { directory } = loaded;
  const { s3, server } = captures.store ?? {};
  if (s3 !== undefined) return uploadToS3(openS3Store(s3, directory), options);
  if (server !== undefined) {
    const client = openServerClient({ node, server, directory, instance });
    const reach = link.server?.reach ?? createServerReach({ url: server.url, logger, registry });
    return uploadToServer({ client, reach, random: Math.random }, node);
  }
  return link.server && uploadToServer({ ...link.server, random: Math.random }, node);
}

function uploadToServer(options: PutCaptureOptions, node: string): CaptureUpload {
  return {
    put: (file, signal) =>
      told(node, file, signal, async () => {
        await putCapture(options, file, signal);
        // The server knows by itself where it has it.
        return file.path;
      }),
  };
}

function uploadToS3(store: S3Store, { loaded, logger, registry }: CaptureUploadOptions): CaptureUpload {
  const { node } = loaded.config;
  const failures = new Counter({
    name: 'saccade_capture_upload_failures_total',
    help: 'Captures that the object store did not take and that are tried again.',
    registers: [registry],
  });
  return {
    put: (file, signal) =>
      told(node, file, signal, async () => {
        const location = store.locationOf(node, file.id, file.sha256);
        await retryPatiently(() => store.put(location, file, signal), {
          signal,
          random: Math.random,
          firstRetryMs: 500,
          maxRetryMs: 60_000,
          isRetryable: (error) => !isGone(error),
          onFailure(error) {
            failures.inc();
            logger.warn({ err: error, capture: file.id }, 'a capture waits for the object store');
          },
        });
        return location;
      }),
  };
}

/** What cannot be brought for good is told of without a file, and stays on the node as long as there is room. */
async function told(
  node: string,
  file: CaptureFile,
  signal: AbortSignal,
  bring: () => Promise<string>,
): Promise<Uploaded> {
  try {
    return { file: await bring(), reason: null };
  } catch (error) {
    if (signal.aborted || !(error instanceof ServerError || isGone(error))) throw error;
    const why =
      error instanceof ServerError ? `was refused: ${error.message}` : 'is gone: newer ones took its room';
    return { file: null, reason: `the file ${why} (node ${node}, ${file.path})` };
  }
}

function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
