import { createCloudEvent } from '../stream/cloud-event.ts';
import { transitionType, type Transition, type TransitionEvent } from '../stream/events/transition.ts';
import { isFlapping, type Change } from './alert-life.ts';
import type { Alert, KeyState } from './key-state.ts';
import type { Look } from './look.ts';
import type { RulePlan } from './rule-plan.ts';
import { toNullable } from './baselines/baseline.ts';

export interface RenderedFrom {
  readonly plan: RulePlan;
  readonly key: KeyState;
  readonly alert: Alert;
  readonly look: Look;
  readonly change: Change;
  readonly previous: Transition['previous'];
}

function fieldsOf(look: Look): Record<string, number> {
  const { layout, sums } = look.context;
  const known = layout.names.map((name, index): [string, number] => [name, sums.values[index] ?? NaN]);
  return Object.fromEntries(known.filter(([, value]) => !Number.isNaN(value)));
}

/** Pending actions are due once an episode, at its first transition; firing actions when it first fires. */
function actionsOf({ plan, alert, change, previous }: RenderedFrom): Transition['actions'] {
  const { pending, firing } = plan.rule.actions;
  const due = [
    ...(alert.seq === 1 ? pending : []),
    ...(change.state === 'firing' && previous?.state !== 'firing' ? firing : []),
  ];
  return due.map((action) => ({
    capture: {
      before_ms: action.beforeMs,
      during_ms: action.duringMs,
      max_bytes: action.maxBytes,
      cooldown_ms: action.cooldownMs,
    },
  }));
}

export function annotationsOf({ plan, look }: RenderedFrom, facts = look.facts): Record<string, string> {
  const annotations = plan.rule.annotations(facts);
  const { firings1h } = look.context;
  return isFlapping(firings1h)
    ? { ...annotations, flapping: `${firings1h} times within an hour` }
    : annotations;
}

function figuresOf({ plan, key, alert, look, change }: RenderedFrom) {
  const { window } = look.context;
  const live = change.state === 'firing' || change.state === 'pending';
  return {
    value: live ? alert.value : toNullable(window.value),
    window_ms: live ? alert.windowMs : window.windowMs,
    worst_value: alert.worst,
    ...(alert.worstWindowMs !== undefined && { worst_window_ms: alert.worstWindowMs }),
    fields: fieldsOf(look),
    baseline: plan.baseline && key.baseline ? plan.baseline.verdict(key.baseline, window, look.nowMs) : null,
  };
}

function whoseOf({ plan, key, alert }: RenderedFrom) {
  const { subject, peer, role, servicePort, target } = alert.who;
  return {
    key: Object.fromEntries(plan.rule.by.map((name, index) => [name, key.by[index] ?? ''])),
    subject,
    peer,
    role,
    service_port: servicePort,
    target: target ?? null,
    ...(alert.evidence ? { evidence: alert.evidence } : {}),
  };
}

/** Which alert it is, and what happened to it when. */
export function courseOf({ plan: { rule }, key, alert, look, change, previous }: RenderedFrom) {
  return {
    fingerprint: alert.fingerprint,
    episode: key.episode,
    seq: alert.seq,
    rule_id: rule.id,
    alert: rule.alert,
    signal: rule.signal.id,
    measure: rule.measureName,
    state: change.state,
    level: change.level,
    previous,
    update: change.update,
    at_ms: look.nowMs,
    started_at_ms: alert.startedAtMs,
    fired_at_ms: alert.firedAtMs,
    dry_run: rule.dryRun,
    reason: change.reason,
  };
}

/** The transition as later stages see it. Everything in it comes from events, so a replay renders the same. */
export function renderTransition(from: RenderedFrom): TransitionEvent {
  const { plan, look, change } = from;
  const { rule } = plan;
  const data: Transition = {
    ...courseOf(from),
    ...whoseOf(from),
    ...figuresOf(from),
    labels: rule.labels(look.facts),
    annotations: annotationsOf(from),
    actions: actionsOf(from),
    ...(change.asks && rule.confirm ? { confirm: { ...rule.confirm.plain } } : {}),
  };
  return alertEvent(from, data);
}

export function alertEvent({ key, alert, look }: RenderedFrom, data: Transition): TransitionEvent {
  return createCloudEvent({
    id: `${alert.fingerprint}/${key.episode}/${alert.seq}`,
    source: `/clusters/${key.cluster}/judge`,
    type: transitionType,
    timeMs: look.nowMs,
    partitionkey: alert.fingerprint,
    data,
  });
}
