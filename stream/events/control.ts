import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

/**
 * Appended to `signals` four times a second by the partition's owner: the judge's clock. The host appends one a second to
 * `alerts` too, for repeat intervals, group waits and the expiry of silences. Event time is `time`.
 */
export const tickType = 'io.saccade.tick.v1';
export type TickEvent = CloudEvent<typeof tickType, Record<string, never>>;

/** The rules from here on, as sources, so that a replay of the log judges with the rules of that moment. */
export const rulesLoadedSchema = z.object({
  revision: z.string(),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
  /** A shortened learning period replaces every rule's `learn` (demo); null: as the rules say. */
  learn_ms: z.number().nullable(),
});
export const rulesLoadedType = 'io.saccade.rules.loaded.v1';
export type RulesLoadedEvent = CloudEvent<typeof rulesLoadedType, z.infer<typeof rulesLoadedSchema>>;

/** A person says: what this key does now is normal. On `signals`. */
export const baselineAcceptedSchema = z.object({ fingerprint: z.string(), by: z.string() });
export const baselineAcceptedType = 'io.saccade.baseline.accepted.v1';
export type BaselineAcceptedEvent = CloudEvent<
  typeof baselineAcceptedType,
  z.infer<typeof baselineAcceptedSchema>
>;

/** As in Alertmanager. On `alerts`. */
export const matcherSchema = z.object({
  name: z.string(),
  op: z.enum(['=', '!=', '=~', '!~']),
  value: z.string(),
});
export type Matcher = z.infer<typeof matcherSchema>;

export const silenceSchema = z.object({
  id: z.string(),
  matchers: z.array(matcherSchema).min(1),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime(),
  created_by: z.string(),
  comment: z.string(),
});
export type Silence = z.infer<typeof silenceSchema>;
export const silenceAddedType = 'io.saccade.silence.added.v1';

export const silenceExpiredSchema = z.object({ id: z.string(), by: z.string() });
export const silenceExpiredType = 'io.saccade.silence.expired.v1';

export const acknowledgedSchema = z.object({ fingerprint: z.string(), episode: z.number(), by: z.string() });
export const acknowledgedType = 'io.saccade.alert.acknowledged.v1';

export const verdicts = ['useful', 'noise'] as const;
/** What a person says of an alert afterwards: it helped, or it should not have come. On `alerts`; null takes it back. */
export const verdictGivenSchema = z.object({
  fingerprint: z.string(),
  episode: z.number(),
  verdict: z.enum(verdicts).nullable(),
  by: z.string(),
});
export type Verdict = (typeof verdicts)[number];
export const verdictGivenType = 'io.saccade.alert.verdict.v1';

/** A change that somebody asked for through the console or its API, and what came of it. On `alerts`. */
export const auditSchema = z.object({
  by: z.string(),
  role: z.string(),
  /** `alert.acknowledge`, `silence.add`, `session.begin`, … */
  action: z.string(),
  /** What it was done to: an alert, a silence, a capture; empty where there is none. */
  target: z.string(),
  outcome: z.enum(['done', 'refused']),
  /** What was asked, or why it was refused. Never a secret. */
  detail: z.string(),
  /** Address that the request came from. */
  address: z.string(),
});
export type Audit = z.infer<typeof auditSchema>;
export const auditType = 'io.saccade.audit.v1';
export type AuditEvent = CloudEvent<typeof auditType, Audit>;
