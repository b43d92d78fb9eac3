import { alertsOfDelivery } from '../content/alerts-of-delivery.ts';
import { boundAlerts } from '../content/bound-alerts.ts';
import { boundContent } from '../content/bound-content.ts';
import type { Delivery } from '../notifier.ts';

export const webhookEventType = 'io.saccade.message.v1';

/**
 * A CloudEvent in structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
 * `id` is the same in every attempt; `subject` names the message through all its changes.
 */
export function cloudeventsBody(delivery: Delivery, receiver: string): object {
  const all = delivery.alerts.length === 0 ? [] : alertsOfDelivery(delivery, receiver);
  const { alerts, truncated } = boundAlerts(all);
  return {
    specversion: '1.0',
    id: delivery.id,
    source: `/notify/receivers/${encodeURIComponent(receiver)}`,
    type: webhookEventType,
    subject: delivery.groupId,
    time: new Date(delivery.firstAttemptMs).toISOString(),
    datacontenttype: 'application/json',
    data: {
      purpose: delivery.purpose,
      group: delivery.group,
      possible_repeat: delivery.possibleRepeat,
      ...(delivery.possibleRepeat ? { note: 'possible repeat: an earlier attempt was left unanswered' } : {}),
      message: boundContent(delivery.content),
      alerts,
      truncated_alerts: truncated,
    },
  };
}
