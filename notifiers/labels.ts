import type { Transition } from '../stream/events/transition.ts';

/** What routes and silences match: the rule's labels, and what is known of every alert (which wins). */
export function labelsOf(transition: Transition): ReadonlyMap<string, string> {
  const { subject, peer } = transition;
  return new Map<string, string>([
    // The workload's own labels (`team: payments`), unless the rule says otherwise.
    ...Object.entries(subject.labels ?? {}),
    ...Object.entries(transition.labels),
    ['alert', transition.alert],
    // As Prometheus names it, out of habit.
    ['alertname', transition.alert],
    ['rule_id', transition.rule_id],
    ['fingerprint', transition.fingerprint],
    ['episode', String(transition.episode)],
    ['signal', transition.signal],
    ['level', transition.level ?? ''],
    ['cluster', subject.cluster],
    ['node', subject.node],
    ['namespace', subject.namespace],
    ['workload', subject.workload],
    ['pod', subject.pod ?? ''],
    ['peer', peer?.name ?? ''],
    ['peer_kind', peer?.kind ?? ''],
    ['role', transition.role ?? ''],
    ['service_port', transition.service_port === null ? '' : String(transition.service_port)],
  ]);
}
