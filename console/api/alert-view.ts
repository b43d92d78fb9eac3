import { z } from 'zod';
import { alertId } from '../../history/alert-id.ts';
import type { AlertEntry } from '../../history/alert-queries.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { measureWords } from '../../signals/measure-words.ts';
import { verdicts } from '../../stream/events/control.ts';
import { peerSchema, roles } from '../../stream/events/observation.ts';
import { alertStates, levels } from '../../stream/events/transition.ts';

const figure = z.number().nullable();

/** One episode of an alert, as lists show it. */
export const alertViewSchema = z
  .object({
    id: z.string().describe('For people: `3f9a1c02-4`.'),
    fingerprint: z.string(),
    episode: z.number(),
    alert: z.string(),
    rule_id: z.string(),
    signal: z.string(),
    measure: z.string(),
    unit: z.string().describe('Of value, worst_value and band.'),
    words: z.string().describe('What its figures are figures of: `of segments resent`.'),
    state: z.enum(alertStates),
    level: z.enum(levels).nullable().describe('The highest that it fired at; null: it never fired.'),
    started_at_ms: z.number(),
    fired_at_ms: figure,
    ended_at_ms: figure,
    acknowledged_by: z.string().nullable(),
    acknowledged_at_ms: figure,
    verdict: z.enum(verdicts).nullable(),
    verdict_by: z.string().nullable(),
    summary: z.string(),
    namespace: z.string(),
    workload: z.string(),
    node: z.string(),
    peer: peerSchema.nullable(),
    role: z.enum(roles).nullable(),
    service_port: figure,
    value: figure,
    worst_value: figure,
    window_ms: z.number().describe('The time that value is of.'),
    worst_window_ms: figure.describe('The time that worst_value is of; null: not known, in old records.'),
    expected: figure,
    upper: figure,
    labels: z.record(z.string(), z.string()),
    notes: z.record(z.string(), z.string()).describe('Of functions and people.'),
    dry_run: z.boolean(),
    reason: z.string(),
  })
  .meta({ id: 'Alert' });
export type AlertView = z.infer<typeof alertViewSchema>;

/** `summary`: of when it fired, where that is known; the last transition tells of the end. */
export function toAlertView(entry: AlertEntry, summary?: string): AlertView {
  const { last } = entry;
  return {
    id: alertId(entry.fingerprint, entry.episode),
    fingerprint: entry.fingerprint,
    episode: entry.episode,
    alert: last.alert,
    rule_id: last.rule_id,
    signal: last.signal,
    measure: last.measure,
    unit: signalCatalogue.get(last.signal)?.measures[last.measure]?.unit ?? '',
    words: measureWords(last.signal, last.measure),
    state: entry.state,
    level: entry.peakLevel,
    started_at_ms: entry.startedAtMs,
    fired_at_ms: entry.firedAtMs,
    ended_at_ms: entry.endedAtMs,
    acknowledged_by: entry.acknowledgedBy,
    acknowledged_at_ms: entry.acknowledgedAtMs,
    verdict: entry.verdict,
    verdict_by: entry.verdictBy,
    summary: summary ?? last.annotations['summary'] ?? last.alert,
    namespace: last.subject.namespace,
    workload: last.subject.workload,
    node: last.subject.node,
    peer: last.peer,
    role: last.role,
    service_port: last.service_port,
    value: last.value,
    worst_value: last.worst_value,
    window_ms: last.window_ms,
    worst_window_ms: last.worst_window_ms ?? null,
    expected: last.baseline?.expected ?? null,
    upper: last.baseline?.upper ?? null,
    labels: last.labels,
    notes: entry.notes,
    dry_run: last.dry_run,
    reason: last.reason,
  };
}
