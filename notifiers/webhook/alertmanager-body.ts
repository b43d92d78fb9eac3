import type { AlertFacts } from '../content/alert-facts.ts';
import { alertsOfDelivery, prometheusLabels } from '../content/alerts-of-delivery.ts';
import { boundAlerts } from '../content/bound-alerts.ts';
import type { Delivery } from '../notifier.ts';

/** What Alertmanager writes where an alert has no end yet: Go's zero time. */
const noEnd = '0001-01-01T00:00:00Z';

type Labels = Readonly<Record<string, string>>;

/**
 * Alertmanager's webhook payload, version 4 (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
 * `groupKey` names the message through all its changes; `possibleRepeat` and `acknowledgedBy` are additions.
 */
export function alertmanagerBody(delivery: Delivery, receiver: string): object {
  const { alerts, truncated } = boundAlerts(alertsOfDelivery(delivery, receiver));
  const told = alerts.map(toWebhookAlert);
  return {
    version: '4',
    groupKey: delivery.groupId,
    truncatedAlerts: truncated,
    status: alerts.some(({ state }) => state === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels: { group: delivery.group },
    commonLabels: common(told.map(({ labels }) => labels)),
    commonAnnotations: common(told.map(({ annotations }) => annotations)),
    externalURL: '',
    possibleRepeat: delivery.possibleRepeat,
    ...(delivery.possibleRepeat ? { note: 'possible repeat: an earlier attempt was left unanswered' } : {}),
    alerts: told,
  };
}

const toWebhookAlert = (facts: AlertFacts) => ({
  status: facts.state,
  labels: prometheusLabels(facts),
  annotations: facts.annotations,
  startsAt: new Date(facts.started_at_ms).toISOString(),
  endsAt: facts.ended_at_ms === null ? noEnd : new Date(facts.ended_at_ms).toISOString(),
  generatorURL: '',
  fingerprint: facts.fingerprint,
  acknowledgedBy: facts.acknowledged_by,
});

/** Pairs that all have. */
function common(all: readonly Labels[]): Labels {
  const [first = {}] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => all.every((one) => one[name] === value)),
  );
}
