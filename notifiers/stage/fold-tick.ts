import { isActive } from '../content/alert-view.ts';
import type { AlertEntry, GroupEntry } from './entries.ts';
import { lateMs, limits, rememberMs } from './limits.ts';
import { planDigest } from './plan-digest.ts';
import { planGroup } from './plan-group.ts';
import type { Turn } from './turn.ts';

/** What is due without an event: waits, figures held back, repeats, silences that end, and what may be forgotten. */
export function foldTick(turn: Turn): void {
  for (const group of turn.state.groups(({ dueMs }) => dueMs !== null && dueMs <= turn.nowMs)) {
    if (isForgettable(turn, group)) turn.state.deleteGroup(group);
    else planGroup(turn, group);
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
  if (alerts.size === 0) return;
  const over = alerts.size - limits.alerts;
  const isFree = ({ transition }: AlertEntry) =>
    !isActive(transition) && turn.state.groupsOf(transition.fingerprint).length === 0;
  const old = ({ transition }: AlertEntry) => transition.at_ms + rememberMs < turn.nowMs;
  if (over <= 0) {
    for (const entry of [...alerts.values()])
      if (old(entry) && isFree(entry)) alerts.delete(entry.transition.fingerprint);
    return;
  }
  const free = [...alerts.values()]
    .filter(isFree)
    .sort((left, right) => left.transition.at_ms - right.transition.at_ms);
  for (const { transition } of free.slice(0, over)) alerts.delete(transition.fingerprint);
  turn.count('alerts_forgotten');
}
