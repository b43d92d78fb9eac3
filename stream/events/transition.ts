import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';
import { evidenceSchema, peerSchema, roles, subjectSchema } from './observation.ts';

export const alertStates = ['pending', 'firing', 'resolved', 'expired', 'cancelled'] as const;
/** `cancelled`: pending that never fired. `expired`: no data any more, or the rule is gone. */
export type AlertState = (typeof alertStates)[number];

export const levels = ['notice', 'page'] as const;
export type Level = (typeof levels)[number];

/** One condition that had to hold, with the figures it was decided on. */
export const guardSchema = z.object({
  name: z.string(),
  held: z.boolean(),
  value: z.number().nullable(),
  limit: z.number().nullable(),
  text: z.string(),
});
export type Guard = z.infer<typeof guardSchema>;

export const baselineVerdictSchema = z.object({
  method: z.string(),
  expected: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** Above 1: outside by every guard of the method. null: unknown. */
  score: z.number().nullable(),
  samples: z.number(),
  age_ms: z.number(),
  learned: z.boolean(),
  /** The sentence that says why. */
  why: z.string(),
  guards: z.array(guardSchema),
});
export type BaselineVerdict = z.infer<typeof baselineVerdictSchema>;

/** What an alert with the key `__other__` stands for: alerts that fire, but not one by one, for their rule's `limit`. */
export const countedSchema = z.object({
  /** Now, and at most during the episode. */
  count: z.number().int().min(0),
  most: z.number().int().min(0),
  /** How many stand for themselves at most; null: the rule has no limit any more. */
  limit: z.number().int().nullable(),
  /** The worst of them, worst first. */
  worst: z
    .array(
      z.object({
        fingerprint: z.string(),
        key: z.record(z.string(), z.string()),
        level: z.enum(levels).nullable(),
        value: z.number().nullable(),
      }),
    )
    .max(8),
});
export type CountedAlerts = z.infer<typeof countedSchema>;

/** The unit that later stages deduplicate by: (fingerprint, episode, seq). */
export const transitionSchema = z.object({
  fingerprint: z.string(),
  episode: z.number().int().min(1),
  /** Counts up within the episode from 1; also for updates that change no state (`update: true`). */
  seq: z.number().int().min(1),
  rule_id: z.string(),
  alert: z.string(),
  signal: z.string(),
  measure: z.string(),
  state: z.enum(alertStates),
  level: z.enum(levels).nullable(),
  previous: z.object({ state: z.enum(alertStates), level: z.enum(levels).nullable() }).nullable(),
  /** New figures of a firing alert, no change of state or level. */
  update: z.boolean(),
  /** Event times, ms since the epoch. */
  at_ms: z.number(),
  started_at_ms: z.number(),
  fired_at_ms: z.number().nullable(),
  /** Values of `by`, in its order. */
  key: z.record(z.string(), z.string()),
  subject: subjectSchema,
  peer: peerSchema.nullable(),
  role: z.enum(roles).nullable(),
  service_port: z.number().nullable(),
  /** What of the peer was asked; absent in records older than signals that tell it. */
  target: z.string().nullable().optional(),
  /** Figure and window that convinced; the worst of the episode beside it. */
  value: z.number().nullable(),
  window_ms: z.number(),
  worst_value: z.number().nullable(),
  /** The time that the worst figure is of: often a shorter one. Absent in records of earlier versions. */
  worst_window_ms: z.number().optional(),
  fields: z.record(z.string(), z.number()),
  baseline: baselineVerdictSchema.nullable(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  evidence: evidenceSchema.optional(),
  /** Only of the alert that stands for those beyond its rule's `limit`; its key, and what they do not share, is `__other__`. */
  counted: countedSchema.optional(),
  /** Actions due at this transition, as the rule names them. */
  actions: z.array(
    z.object({
      capture: z.object({
        before_ms: z.number(),
        during_ms: z.number(),
        max_bytes: z.number(),
        cooldown_ms: z.number(),
      }),
    }),
  ),
  /**
   * Asks whether the alert may notify, in the form of json-rules-engine; absent: nothing is asked. The answer is an
   * event of its own (confirmation.ts).
   */
  confirm: z.record(z.string(), z.unknown()).optional(),
  /** Judged, recorded, shown, never sent. */
  dry_run: z.boolean(),
  reason: z.string(),
});
export type Transition = z.infer<typeof transitionSchema>;

export const transitionType = 'io.saccade.transition.v1';
/** `id: fingerprint/episode/seq`, `partitionkey: fingerprint`. */
export type TransitionEvent = CloudEvent<typeof transitionType, Transition>;
