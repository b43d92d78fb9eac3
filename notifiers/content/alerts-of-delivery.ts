import type { Delivery } from '../notifier.ts';
import type { AlertFacts } from './alert-facts.ts';
import { cut, plainLine, plainText } from './plain-line.ts';

const labelLimit = 1_000;
const annotationLimit = 4_000;

/** What is told where it is not of alerts. */
const names: Readonly<Partial<Record<Delivery['purpose'], string>>> = {
  test: 'SaccadeTest',
  problem: 'SaccadeProblem',
  digest: 'SaccadeDigest',
};

/**
 * The alerts of a delivery for a program that takes nothing else: a test, a problem or a digest is an alert about
 * Saccade itself. Texts are without control characters and cut visibly.
 */
export function alertsOfDelivery(delivery: Delivery, receiver: string): readonly AlertFacts[] {
  return delivery.alerts.length > 0 ? delivery.alerts.map(cleaned) : [ownAlert(delivery, receiver)];
}

/** An alert's labels as Prometheus' world names them: `alertname` and `severity` are what everybody routes by. */
export const prometheusLabels = (
  { labels, level }: Pick<AlertFacts, 'labels' | 'level'>,
  severity: string = level,
): Readonly<Record<string, string>> => ({ ...labels, alertname: labels['alert'] ?? '', severity });

function cleaned(facts: AlertFacts): AlertFacts {
  return {
    ...facts,
    labels: mapValues(facts.labels, (value) => plainLine(value, labelLimit)),
    annotations: mapValues(facts.annotations, (value) => plainText(value, annotationLimit)),
  };
}

const mapValues = (
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [cut(name, labelLimit), change(value)]));

function ownAlert(delivery: Delivery, receiver: string): AlertFacts {
  const { content, purpose, firstAttemptMs, group, groupId } = delivery;
  const ended = content.tone === 'resolved';
  return {
    id: groupId,
    fingerprint: groupId,
    episode: 1,
    seq: 1,
    state: ended ? 'resolved' : 'firing',
    level: content.tone === 'page' || content.tone === 'problem' ? 'page' : 'notice',
    left_levels: [],
    labels: { alert: names[purpose] ?? 'Saccade', receiver, group: plainLine(group, labelLimit) },
    annotations: {
      summary: plainLine(content.title, annotationLimit),
      description: plainText(
        [content.summary, ...content.sections.map(({ title, text }) => `${title}\n${text}`)].join('\n'),
        annotationLimit,
      ),
    },
    started_at_ms: firstAttemptMs,
    ended_at_ms: ended ? firstAttemptMs : null,
    value: null,
    acknowledged_by: null,
    silenced_by: null,
  };
}
