import type { CaptureRequest } from '../../stream/events/capture.ts';

/** Readable, sorts by time, and nothing of a request can leave the folder. The same after a restart. */
export function captureName({ id, requested_at_ms: requestedAtMs }: CaptureRequest): string {
  const time = new Date(requestedAtMs).toISOString().replaceAll(/[-:]/g, '').replace(/\..*$/, 'Z');
  return `${time}-${id.replaceAll(/[^a-zA-Z0-9_-]/g, '-').slice(0, 100)}`;
}
