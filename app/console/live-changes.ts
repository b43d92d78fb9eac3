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
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { subscribe, type Subscription } from '../../stream/embedded/subscribe.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';

/** Tells pages what has changed; follows the log only while somebody listens. */
export interface LiveChanges {
  onChange(listener: (change: LiveChange) => void): () => void;
  stop(): Promise<void>;
}

export function createLiveChanges(log: EmbeddedLog, onError: (error: Error) => void): LiveChanges {
  const listeners = new Set<(change: LiveChange) => void>();
  let subscription: Subscription | undefined;

  const follow = (): Subscription =>
    subscribe({
      log,
      topics: ['alerts', 'captures', 'notifications'],
      fromOffset: 'latest',
      handler: ({ event }) => {
        const change = changeOf(event);
        if (change !== undefined) for (const listener of listeners) listener(change);
      },
      onError,
    });

  async function stop(): Promise<void> {
    const ended = subscription;
    subscription = undefined;
    await ended?.stop();
  }

  return {
    onChange(listener) {
      listeners.add(listener);
      subscription ??= follow();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop().catch((error: unknown) => onError(error as Error));
      };
    },
    stop,
  };
}

function changeOf({ type, data }: CloudEvent): LiveChange | undefined {
  const { fingerprint = '', id = '' } = data as { readonly fingerprint?: string; readonly id?: string };
  switch (type) {
    case transitionType:
    case acknowledgedType:
      return { kind: 'alert', subject: fingerprint };
    case verdictGivenType:
      return { kind: 'verdict', subject: fingerprint };
    case captureRequestedType:
    case captureType:
      return { kind: 'capture', subject: (data as Partial<Capture>).alert?.fingerprint ?? id };
    case notificationType:
      return { kind: 'notification', subject: '' };
    case silenceAddedType:
    case silenceExpiredType:
      return { kind: 'silence', subject: id };
    default:
      return undefined;
  }
}
