import type { Facts } from '../../rules/compiled-rule.ts';
import { describeCounted } from '../../signals/describe-counted.ts';
import type { CountedAlerts, Transition, TransitionEvent } from '../../stream/events/transition.ts';
import type { Others } from '../key-state.ts';
import { alertEvent, annotationsOf, courseOf, type RenderedFrom } from '../render-transition.ts';
import { otherKey } from './other-key.ts';

const maxInSummary = 3;

/**
 * The transition of the alert that stands for those that are counted. Nothing in it is of one of them alone but the
 * figure, which is that of the worst: no peer, no fields, no baseline, and nobody to catch packets of.
 */
export function renderOthers(from: RenderedFrom): TransitionEvent {
  const { alert, change } = from;
  const { rule } = from.plan;
  const { others } = alert;
  const counted = others?.counted ?? { count: 0, most: 0, limit: rule.limit ?? null, worst: [] };
  const facts = factsOf(from, others);
  const data: Transition = {
    ...courseOf(from),
    key: Object.fromEntries(rule.by.map((name) => [name, otherKey])),
    subject: others?.subject ?? alert.who.subject,
    peer: null,
    role: null,
    service_port: null,
    target: null,
    value: change.state === 'firing' ? alert.value : null,
    window_ms: alert.windowMs,
    worst_value: alert.worst,
    ...(alert.worstWindowMs !== undefined && { worst_window_ms: alert.worstWindowMs }),
    fields: {},
    baseline: null,
    labels: rule.labels(facts),
    annotations: { ...annotationsOf(from, facts), summary: summaryOf(from, counted) },
    counted,
    actions: [],
  };
  return alertEvent(from, data);
}

/** For labels and annotations: what they share, `__other__` where they differ, unknown where it is of one alone. */
function factsOf({ plan, alert, look }: RenderedFrom, others: Others | undefined): Facts {
  const { cluster, node, namespace, workload, labels = {} } = others?.subject ?? alert.who.subject;
  const known = new Map<string, string | number | null>([
    ...plan.rule.by.map((name) => [name, otherKey] as const),
    ...Object.entries(labels).map(([name, value]) => [`labels.${name}`, value] as const),
    ...Object.entries({ cluster, node, namespace, workload }),
    ['measure', alert.value],
    ['value', alert.value],
    ['window_ms', alert.windowMs],
    ['firings_1h', look.context.firings1h],
    ['age_ms', look.context.ageMs],
  ]);
  return (name) => known.get(name) ?? undefined;
}

/** `788 more Loss beside the 10 that are told one by one; the worst: workload=netns/a peer=netns/b: 12 %; and 785 more`. */
function summaryOf({ plan: { rule } }: RenderedFrom, counted: CountedAlerts): string {
  const { count, most, limit } = counted;
  const beside = limit === null ? '' : ` beside the ${limit} that are told one by one`;
  if (count === 0)
    return `No more ${rule.alert} than the limit of the rule; at most ${most} more were counted`;
  const named = describeCounted({ signal: rule.signal.id, measure: rule.measureName, counted }, maxInSummary);
  return `${count} more ${rule.alert}${beside}; the worst: ${named.join('; ')}`;
}
