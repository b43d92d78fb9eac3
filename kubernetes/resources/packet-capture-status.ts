import type { PacketCaptureSpec, PacketCaptureStatus } from './packet-capture.ts';

/** What became of a capture, as Saccade's own records tell it. */
export interface CaptureOutcome {
  readonly phase: 'requested' | 'frozen' | 'following' | 'complete' | 'failed' | 'refused';
  readonly reason: string | null;
  readonly node: string;
  /** Where its file is; null: there is none. */
  readonly file: string | null;
  readonly bytes: number;
  readonly packets: number;
  readonly endedAtMs: number;
}

const empty = { node: '', files: [], bytes: 0, packets: 0, completed_at: '', expires_at: '' } as const;

/** Before anything is known of it. */
export function waitingStatus(
  phase: 'Pending' | 'Failed',
  message: string,
  capture: string,
): PacketCaptureStatus {
  return { ...empty, files: [], phase, message, capture };
}

export function statusOf(
  capture: string,
  { ttl_seconds: ttlSeconds }: PacketCaptureSpec,
  outcome: CaptureOutcome,
): PacketCaptureStatus {
  const { phase, reason, node, file, bytes, packets, endedAtMs } = outcome;
  const isOver = phase === 'complete' || phase === 'failed' || phase === 'refused';
  if (!isOver) return { ...waitingStatus('Pending', '', capture), phase: 'Capturing', node };
  const isThere = phase === 'complete' && file !== null;
  return {
    phase: isThere ? 'Completed' : 'Failed',
    message: reason ?? (isThere ? '' : 'it has no file'),
    capture,
    node,
    files: isThere ? [`/api/v1/captures/${capture}/file`] : [],
    bytes,
    packets,
    completed_at: toSeconds(endedAtMs),
    expires_at: toSeconds(endedAtMs + ttlSeconds * 1_000),
  };
}

/** As Kubernetes writes times. */
export const toSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/u, 'Z');
