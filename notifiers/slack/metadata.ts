import type { Delivery } from '../notifier.ts';

export const metadataEventType = 'saccade_notification';

/** Invisible to readers (https://docs.slack.dev/messaging/message-metadata): the id under which a message is found again. */
export const createMetadata = (delivery: Delivery) => ({
  event_type: metadataEventType,
  event_payload: { id: delivery.id, purpose: delivery.purpose },
});

/** The id in a message's metadata, or null. */
export function notificationIdOf(message: unknown): string | null {
  const { metadata } = message as {
    readonly metadata?: { event_type?: unknown; event_payload?: { id?: unknown } };
  };
  const id = metadata?.event_type === metadataEventType ? metadata.event_payload?.id : undefined;
  return typeof id === 'string' ? id : null;
}
