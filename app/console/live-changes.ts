import type { LiveChange } from '../../console/ports.ts';
import { captureRequestedType, captureType, type Capture } from '../../stream/events/capture.ts';
import {
  acknowledgedType,
  silenceAddedType,
  silenceExpiredType,
  verdictGivenType,
} from '../../stream/events/control.ts';
import { notificationType } from '../../stream/events/notification.ts';
import { transitionType } from '../../stream/events/transition.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';

/** Calls back for each event of the log from now on; `onError`: it has ended. */
export type FollowLog = (
  handler: (event: CloudEvent) => void,
  onError: (error: Error) => void,
) => { stop(): Promise<void> };

/** Tells pages what has changed; follows the log only while somebody listens. */
export interface LiveChanges {
  onChange(listener: (change: LiveChange) => void): () => void;
  stop(): Promise<void>;
}

export interface LiveChangesOptions {
  readonly follow: FollowLog;
  /** The log could not be followed; it is tried again. */
  readonly onError: (error: Error) => void;
  /** Until then; twice as long after each failure in a row. */
  readonly retryMs?: number;
}

const maxRetryMs = 60_000;

export function createLiveChanges({ follow, onError, retryMs = 1000 }: LiveChangesOptions): LiveChanges {
  const listeners = new Set<(change: LiveChange) => void>();
  let subscription: { stop(): Promise<void> } | undefined;
  let retry: NodeJS.Timeout | undefined;
  let failures = 0;

  function begin(): void {
    retry = undefined;
    subscription = follow(tell, fail);
  }

  function tell(event: CloudEvent): void {
    failures = 0;
    const change = changeOf(event);
    if (change === undefined) return;
    for (const listener of listeners)
      try {
        listener(change);
      } catch (error) {
        // One page that is gone must not cost the others their news.
        onError(error as Error);
      }
  }

  /** What happened meanwhile is not told again: pages also ask by themselves from time to time. */
  function fail(error: Error): void {
    subscription = undefined;
    onError(error);
    if (listeners.size === 0) return;
    retry = setTimeout(begin, Math.min(maxRetryMs, retryMs * 2 ** Math.min(failures, 16)));
    retry.unref();
    failures += 1;
  }

  async function stop(): Promise<void> {
    clearTimeout(retry);
    retry = undefined;
    const ended = subscription;
    subscription = undefined;
    await ended?.stop();
  }

  return {
    onChange(listener) {
      listeners.add(listener);
      if (subscription === undefined && retry === undefined) begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop().catch((error: unknown) => onError(error as Error));
      };
    },
    stop,
  };
}

/** What is read of whatever an event tells. */
interface ToldOf {
  readonly fingerprint?: string;
  readonly id?: string;
  readonly subject?: { readonly namespace?: string };
  readonly selector?: { readonly subject?: { readonly namespace?: string } };
}

function changeOf({ type, data }: CloudEvent): LiveChange | undefined {
  const { fingerprint = '', id = '', subject, selector } = data as ToldOf;
  const namespace = (subject ?? selector?.subject)?.namespace ?? null;
  switch (type) {
    case transitionType:
    case acknowledgedType:
      return { kind: 'alert', subject: fingerprint, namespace };
    case verdictGivenType:
      return { kind: 'verdict', subject: fingerprint, namespace };
    case captureRequestedType:
    case captureType:
      return { kind: 'capture', subject: (data as Partial<Capture>).alert?.fingerprint ?? id, namespace };
    case notificationType:
      return { kind: 'notification', subject: '', namespace };
    case silenceAddedType:
    case silenceExpiredType:
      return { kind: 'silence', subject: id, namespace };
    default:
      return undefined;
  }
}
