import type { AlertAnnotated } from '../../stream/events/function.ts';
import type { AlertEntry } from './entries.ts';
import { alertKey } from './entries.ts';
import { limits } from './limits.ts';
import { planGroup } from './plan-group.ts';
import type { Turn } from './turn.ts';

/** What somebody else knows of an alert joins its message; a later note of the same name replaces the earlier. */
export function foldAnnotated(turn: Turn, annotated: AlertAnnotated): void {
  const key = alertKey(annotated);
  const entry = turn.state.alerts.get(key);
  if (entry === undefined) return turn.count('annotated_unknown');
  turn.state.alerts.set(key, { ...entry, notes: boundedNotes(turn, entry, annotated) });
  for (const group of turn.state.groupsOf(key)) if (group.closedAtMs === null) planGroup(turn, group);
}

function boundedNotes(
  turn: Turn,
  { notes = {} }: AlertEntry,
  { annotations }: AlertAnnotated,
): Record<string, string> {
  const all = Object.entries({ ...notes, ...annotations });
  if (all.length > limits.notesPerAlert) turn.count('notes_full');
  return Object.fromEntries(all.slice(0, limits.notesPerAlert));
}
