import { isActive } from '../content/alert-view.ts';
import type { AlertEntry, GroupEntry } from './entries.ts';
import { alertKey } from './entries.ts';
import { lateMs, limits, rememberMs } from './limits.ts';
import { planDigest } from './plan-digest.ts';
import { planGroup } from './plan-group.ts';
import type { Turn } from './turn.ts';

/** What is due without an event: waits, figures held back, repeats, silences that end, and what may be forgotten. */
export function foldTick(turn: Turn): void {
  for (const group of turn.state.groups(({ dueMs }) => dueMs !== null && dueMs <= turn.nowMs)) {
    if (isForgettable(turn, group)) turn.state.deleteGroup(group);
    else if (group.told !== 'digest') planGroup(turn, group);
  }
  for (const { name, digest } of turn.state.receiversByName()) if (digest) planDigest(turn, name);
  forgetSilences(turn);
  forgetAlerts(turn);
}

function isForgettable(turn: Turn, group: GroupEntry): boolean {
  if (group.closedAtMs === null || turn.nowMs < group.closedAtMs + lateMs) return false;
  if (turn.state.receivers.get(group.receiver)?.digest?.groups.includes(group.id)) return false;
  return turn.state.jobsOf(group.id).length === 0;
}

function forgetSilences(turn: Turn): void {
  for (const { silence } of [...turn.state.silences.values()])
    if (Date.parse(silence.ends_at) + rememberMs < turn.nowMs) turn.state.silences.delete(silence.id);
}

/** Ended alerts that no message names: after a day, or the oldest when there are too many. */
function forgetAlerts(turn: Turn): void {
  const { alerts } = turn.state;
  const over = alerts.size - limits.alerts;
  const old = ({ transition }: AlertEntry) => transition.at_ms + rememberMs < turn.nowMs;
  const isFree = ({ transition }: AlertEntry) =>
    !isActive(transition) && turn.state.groupsOf(alertKey(transition)).length === 0;
  if (over <= 0) {
    for (const entry of [...alerts.values()]) if (old(entry) && isFree(entry)) forget(turn, entry);
    return;
  }
  const byAge = (left: AlertEntry, right: AlertEntry) =>
    left.transition.at_ms - right.transition.at_ms ||
    (alertKey(left.transition) < alertKey(right.transition) ? -1 : 1);
  for (const entry of [...alerts.values()].filter(isFree).sort(byAge).slice(0, over)) forget(turn, entry);
  turn.count('alerts_forgotten');
}

function forget({ state }: Turn, { transition }: AlertEntry): void {
  state.alerts.delete(alertKey(transition));
  if (state.latest.get(transition.fingerprint) === transition.episode)
    state.latest.delete(transition.fingerprint);
}
