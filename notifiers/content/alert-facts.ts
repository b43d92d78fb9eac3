import { z } from 'zod';
import { alertId } from '../../history/alert-id.ts';
import { levels } from '../../stream/events/transition.ts';
import { pathOf } from '../group-key.ts';
import { labelsOf } from '../labels.ts';
import type { AlertView } from './alert-view.ts';
import { direction, isActive } from './alert-view.ts';
import { describeBadness, describeEnd } from './describe-alert.ts';
import { describeCause } from './describe-cause.ts';

/** An alert as data, for receivers that are programs. JSON, because it waits in the outbox. */
export const alertFactsSchema = z.object({
  /** For people: `3f9a1c02-4`. */
  id: z.string(),
  fingerprint: z.string(),
  episode: z.number(),
  seq: z.number(),
  state: z.enum(['firing', 'resolved']),
  level: z.enum(levels),
  /** Levels that this episode had before, with the event time at which each ended. */
  left_levels: z.array(z.object({ level: z.enum(levels), at_ms: z.number() })),
  /** All that routes can match but the level, without empty ones. */
  labels: z.record(z.string(), z.string()),
  /** The rule's own, and `summary`, `cause`. */
  annotations: z.record(z.string(), z.string()),
  started_at_ms: z.number(),
  /** null while it fires. */
  ended_at_ms: z.number().nullable(),
  value: z.number().nullable(),
  acknowledged_by: z.string().nullable(),
  silenced_by: z.string().nullable(),
});
export type AlertFacts = z.infer<typeof alertFactsSchema>;

/** More alerts than this are not told as data; the message's text counts them. */
export const alertFactsLimit = 100;

/** Changes with every level, so it is told beside the labels, which name the alert. */
const notIdentity: ReadonlySet<string> = new Set(['level', 'fingerprint', 'episode', 'alertname']);

export function toAlertFacts(view: AlertView): AlertFacts {
  const { transition, acknowledgedBy, silencedBy } = view;
  const active = isActive(transition);
  const summary = active ? describeBadness(transition) : describeEnd(transition);
  return {
    id: alertId(transition.fingerprint, transition.episode),
    fingerprint: transition.fingerprint,
    episode: transition.episode,
    seq: transition.seq,
    state: active ? 'firing' : 'resolved',
    level: transition.level ?? view.lastLevel ?? 'notice',
    left_levels: [...view.leftLevels],
    labels: Object.fromEntries(
      [...labelsOf(transition), ['path', pathOf(transition)] as const].filter(
        ([name, value]) => value !== '' && !notIdentity.has(name),
      ),
    ),
    annotations: {
      ...transition.annotations,
      ...view.notes,
      summary: `${direction(transition)}: ${summary}`,
      cause: describeCause(view),
      ...ruleSummary(transition.annotations['summary']),
    },
    started_at_ms: transition.started_at_ms,
    ended_at_ms: active ? null : transition.at_ms,
    value: transition.value,
    acknowledged_by: acknowledgedBy,
    silenced_by: silencedBy,
  };
}

/** What the rule says for itself, beside what is said of every alert. */
const ruleSummary = (text: string | undefined): Record<string, string> =>
  text === undefined ? {} : { rule_summary: text };
