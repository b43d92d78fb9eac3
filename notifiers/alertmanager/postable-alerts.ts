import type { AlertFacts } from '../content/alert-facts.ts';
import { alertsOfDelivery, prometheusLabels } from '../content/alerts-of-delivery.ts';
import type { Delivery } from '../notifier.ts';
import type { AlertmanagerConfig } from './config-schema.ts';

/** https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml, `postableAlert`. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

/** As Prometheus does it: an alert survives three lost sends and ends by itself when its sender is gone. */
const sendsUntilEnd = 4;
/** Alertmanager forgets what ended; to end a level again after that would tell it again. */
const tellLeftLevelMs = 10 * 60_000;

/**
 * The alerts of a message as Alertmanager knows them, by their labels. `severity` is one of them, so an alert that
 * changed its level is two there: the one that it left is ended.
 */
export function postableAlerts(
  delivery: Delivery,
  receiver: string,
  config: Pick<AlertmanagerConfig, 'resend' | 'labels'>,
  nowMs: number,
): readonly PostableAlert[] {
  const untilMs = nowMs + sendsUntilEnd * config.resend;
  return alertsOfDelivery(delivery, receiver).flatMap((facts) => [
    ...facts.left_levels
      .filter(({ level, at_ms: atMs }) => level !== facts.level && nowMs - atMs < tellLeftLevelMs)
      .map(({ level, at_ms: atMs }) => toPostable(facts, level, atMs, config)),
    toPostable(facts, facts.level, facts.ended_at_ms ?? untilMs, config),
  ]);
}

function toPostable(
  facts: AlertFacts,
  severity: string,
  endMs: number,
  config: Pick<AlertmanagerConfig, 'labels'>,
): PostableAlert {
  return {
    labels: namedForPrometheus({ ...prometheusLabels(facts, severity), ...config.labels }),
    annotations: namedForPrometheus({ ...facts.annotations, id: facts.id }),
    startsAt: new Date(facts.started_at_ms).toISOString(),
    // An alert that ends before it starts is refused, and with it all others of the request.
    endsAt: new Date(Math.max(endMs, facts.started_at_ms + 1)).toISOString(),
  };
}

/** Names that Prometheus takes; a label without a value is none. */
const namedForPrometheus = (record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name.replace(/^(?![a-zA-Z_])|[^a-zA-Z0-9_]/gu, '_'), value]),
  );
