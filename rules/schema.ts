import { z } from 'zod';
import type { Level } from '../stream/events/transition.ts';
import {
  durationPattern,
  numberPattern,
  parseDurationMs,
  parseNumber,
  parsePercent,
  parseSizeBytes,
  percentPattern,
  sizePattern,
} from '../source-text/quantities.ts';

/**
 * The shape of a rule file: the one source of its types, of `rule.schema.json` for editors and of the reference.
 * What needs the signal catalogue (facts, measures, templates) is checked by the compiler.
 */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const durationMs = z
  .string({ error: 'a duration needs a unit, e.g. 200ms, 10s, 5m, 7d' })
  .regex(durationPattern, {
    error: (issue) => `"${String(issue.input)}" is not a duration such as 200ms, 10s, 5m, 7d`,
  })
  .transform((text) => parseDurationMs(text) ?? NaN)
  .meta({ description: 'A duration: 200ms, 10s, 5m, 1h30m, 7d.' });

/** A duration between two limits, both included. */
function duration(minMs: number, maxMs: number, range: string) {
  return durationMs.refine((ms) => ms >= minMs && ms <= maxMs, {
    error: `must lie between ${range}`,
    abort: true,
  });
}

const sizeBytes = z
  .string({ error: 'a size needs a unit, e.g. 500kB, 20MB' })
  .regex(sizePattern, {
    error: (issue) => `"${String(issue.input)}" is not a size such as 500kB, 20MB, 1GiB`,
  })
  .transform((text) => parseSizeBytes(text) ?? NaN)
  .refine((bytes) => bytes >= 10_000 && bytes <= 1_000_000_000, { error: 'must lie between 10kB and 1GB' });

const notAFigure = 'must be a number or a percentage, e.g. 3, 1e-4, 0.5%';
const figurePattern = new RegExp(`${numberPattern.source}|${percentPattern.source}`);
export const figure = z
  .union([z.number(), z.string().regex(figurePattern, { error: notAFigure })], {
    error: notAFigure,
  })
  .transform((raw) => (typeof raw === 'number' ? raw : (parseNumber(raw) ?? parsePercent(raw) ?? NaN)))
  .meta({ description: 'A number or a percentage: 3, 1e-4, 0.5%.' });

/** As written: a time means something only together with the unit of the measure, which the compiler knows. */
export type Amount = number | { readonly durationMs: number };
const notAnAmount = 'must be a number, a percentage or a duration, e.g. 3, 0.5%, 300ms';
const amountPattern = new RegExp(`${figurePattern.source}|${durationPattern.source}`);
const amount = z
  .union([z.number(), z.string().regex(amountPattern, { error: notAnAmount })], { error: notAnAmount })
  .transform((raw): Amount => {
    if (typeof raw === 'number') return raw;
    const durationMs = parseDurationMs(raw);
    return durationMs === undefined ? (parseNumber(raw) ?? parsePercent(raw) ?? NaN) : { durationMs };
  })
  .meta({ description: 'A number, a percentage or, for a measure of time, a duration: 3, 0.5%, 300ms.' });

function figureBetween(min: number, max: number) {
  return figure.refine((value) => value >= min && value <= max, {
    error: `must lie between ${min} and ${max}`,
  });
}

const probability = figure.refine((value) => value > 0 && value < 1, {
  error: 'must lie between 0 and 1, both excluded',
});

const idSchema = z
  .string()
  .max(100)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, {
    error: 'must be lower-case words joined by "-", e.g. tcp-retransmit-spike',
  });

/**
 * A text such as `measure >= 5%`, a json-rules-engine object, or a list, which means all. Accepted here as it is:
 * the condition parser tells what is wrong with it better than a union could; editors get `conditionShape`.
 */
export const conditionSchema = z.unknown();

type ConditionInput =
  | string
  | { fact: string; operator: string; value: unknown }
  | { all: ConditionInput[] }
  | { any: ConditionInput[] }
  | { not: ConditionInput };

const nestedCondition: z.ZodType<ConditionInput> = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ fact: z.string(), operator: z.string(), value: z.unknown() }),
    z.strictObject({ all: z.array(nestedCondition).min(1) }),
    z.strictObject({ any: z.array(nestedCondition).min(1) }),
    z.strictObject({ not: nestedCondition }),
  ]),
);
/** What editors complete in place of `conditionSchema`. */
export const conditionShape = z.union([nestedCondition, z.array(nestedCondition).min(1)]);

/** The compiler knows which there are; editors get the list from `json-schema.ts`. */
export const factNameSchema = z.string().min(1);
export const keyFactNameSchema = z.string().min(1);
export const signalNameSchema = z.string();
export const measureNameSchema = z.string();

const learning = {
  window: duration(minute, 90 * day, '1m and 90d')
    .prefault('7d')
    .describe('How far back normal is remembered.'),
  learn: duration(0, 30 * day, '0s and 30d')
    .prefault('10m')
    .describe("Learning period; meanwhile the signal's prior judges."),
  accept_after: duration(minute, 90 * day, '1m and 90d')
    .prefault('24h')
    .describe('A new level that stays this long becomes normal.'),
  direction: z.enum(['up', 'down']).default('up').describe('Which side of normal is bad.'),
};

const rateBaseline = z.strictObject({
  method: z.literal('rate'),
  ...learning,
  max_p: probability
    .prefault(1e-4)
    .describe('False alarms allowed per key and hour, spent over every window.'),
  min_events: figureBetween(1, 1e9).prefault(3).describe('Fewer events than this never convince.'),
  min_value: figureBetween(0, 1).prefault(0).describe('Practical significance: below it nobody cares.'),
  min_ratio: figureBetween(1, 1e6).prefault(3).describe('Factor against the upper normal rate.'),
  ceiling: figureBetween(0, 1)
    .prefault(1)
    .describe('Abnormal anywhere, learned or not; never taught as normal.'),
});
const envelopeBaseline = z.strictObject({
  method: z.literal('envelope'),
  ...learning,
  min_ratio: figureBetween(1, 1e6).prefault(1.5).describe('Factor against the rolling extreme.'),
  min_delta: amount.prefault(0).describe('Distance from the rolling extreme.'),
  min_value: amount
    .prefault(0)
    .describe('Practical significance, an absolute floor: up to it nobody cares (direction up only).'),
  min_events: figureBetween(1, 1e9)
    .prefault(1)
    .describe('Values behind a quantile (trials of a ratio) that a window must hold.'),
  min_samples: figureBetween(1, 1e9).prefault(30).describe('Figures to learn before it judges.'),
  ceiling: amount.optional().describe('Abnormal anywhere, learned or not; never taught as normal.'),
});
const staticBaseline = z.strictObject({
  method: z.literal('static'),
  lower: amount.optional(),
  upper: amount.optional(),
  direction: learning.direction,
});
const seenBaseline = z.strictObject({
  method: z.literal('seen'),
  of: z
    .array(keyFactNameSchema)
    .min(1)
    .max(4)
    .describe(
      'What makes a member, e.g. [peer, service_port]: one that the key has not shown before is new.',
    ),
  learn: duration(0, 30 * day, '0s and 30d')
    .prefault('1h')
    .describe('Learning period of a key; meanwhile whatever comes is taken as known.'),
  forget: duration(hour, 365 * day, '1h and 365d')
    .prefault('30d')
    .describe('A member without contact for this long is new again.'),
  max_members: z
    .int()
    .min(16)
    .max(100_000)
    .default(10_000)
    .describe('Members a key knows; beyond it the ones seen least are forgotten and counted.'),
});
export const baselineSchema = z.discriminatedUnion(
  'method',
  [rateBaseline, envelopeBaseline, seenBaseline, staticBaseline],
  {
    error: 'method must be rate, envelope, seen or static',
  },
);
export type BaselineInput = z.output<typeof baselineSchema>;

const forDuration = duration(0, day, '0s and 24h');
const levelSchema = z.strictObject({
  for: forDuration.optional().describe('How long its `when` must hold before this level is reached.'),
  when: conditionSchema.optional().describe("Beside the rule's own, which must hold too."),
});
const levelsSchema = z.strictObject({
  notice: levelSchema.optional(),
  page: levelSchema.optional(),
} satisfies Record<Level, z.ZodType>);
export type LevelsInput = z.output<typeof levelsSchema>;

const exceptionValueSchema = z.strictObject({
  match: z
    .array(z.union([z.string(), z.number()]).transform(String))
    .min(1)
    .describe('One value for each of `fields`, in their order; "*" stands for any.'),
  author: z.string().min(1).describe('Who allowed it.'),
  reason: z.string().min(1),
  until: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'must be a date or date-time in quotes, e.g. "2026-12-31"',
    })
    .optional()
    .describe('It ends at this moment; a date ends with the day (UTC).'),
});
export type ExceptionValueInput = z.output<typeof exceptionValueSchema>;
export const exceptionSchema = z.strictObject({
  name: z.string().min(1),
  fields: z.array(factNameSchema).min(1).max(8),
  values: z.array(exceptionValueSchema).max(1_000).default([]),
});
export type ExceptionInput = z.output<typeof exceptionSchema>;

const captureSchema = z.strictObject({
  before: duration(0, 5 * minute, '0s and 5m')
    .prefault('10s')
    .describe('From the flight recorder.'),
  during: duration(1_000, 5 * minute, '1s and 5m')
    .prefault('20s')
    .describe('Followed live.'),
  max_bytes: sizeBytes.prefault('20MB'),
  cooldown: duration(0, day, '0s and 24h')
    .prefault('15m')
    .describe('No second one of the same selector meanwhile.'),
});
const actionSchema = z.strictObject({ capture: captureSchema });
export type ActionInput = z.output<typeof actionSchema>;
const actionList = z.array(actionSchema).min(1).max(4);
const actionsSchema = z.strictObject({
  pending: actionList.optional().describe('As soon as the condition holds: packets do not wait for `for`.'),
  firing: actionList.optional(),
});

const templates = z.record(
  z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'must be a name of letters, digits and "_"' }),
  z.string({ error: 'must be a text' }).max(4_000),
);

export const ruleSchema = z.strictObject({
  id: idSchema.describe('Stable: renaming the alert keeps its history.'),
  alert: z
    .string()
    .max(100)
    .regex(/^[A-Z][A-Za-z0-9]*$/, { error: 'must be one word in CamelCase, e.g. RetransmitSpike' })
    .describe('The name that people read.'),
  signal: signalNameSchema.describe('The kind of measurement.'),
  where: conditionSchema.optional().describe('Which rows at all: stateless, before any state is kept.'),
  by: z
    .array(keyFactNameSchema)
    .min(1)
    .max(8)
    .describe('The key: one baseline and one alert for each combination.'),
  measure: measureNameSchema.describe('The figure to judge.'),
  over: z
    .array(
      duration(100, hour, '100ms and 1h').refine((ms) => ms % 100 === 0, {
        error: 'must be a multiple of 100ms',
      }),
    )
    .min(1)
    .max(8)
    .prefault(['1s', '10s'])
    .describe('Windows; the shortest that is convincing wins.'),
  baseline: baselineSchema.optional().describe('What is normal for a key.'),
  when: conditionSchema.describe('What makes it an alert.'),
  for: forDuration.optional().describe('For every level that names no `for` of its own.'),
  levels: levelsSchema.optional().describe('One alert, one state, several severities; absent: page.'),
  clear: z
    .strictObject({ when: conditionSchema, for: forDuration.prefault('0s') })
    .optional()
    .describe('What ends it (hysteresis); absent: `when` no longer holds.'),
  confirm: conditionSchema
    .optional()
    .describe('Asked once, when it is about to notify; its facts may be slow. Unknown holds nothing back.'),
  keep_firing_for: forDuration.prefault('0s').describe('It fires at least this long after `when` last held.'),
  expire_after: duration(1_000, 7 * day, '1s and 7d')
    .prefault('5m')
    .describe('Without data for this long it expires.'),
  exceptions: z.array(exceptionSchema).max(50).default([]),
  labels: templates.default({}),
  annotations: templates.default({}),
  actions: actionsSchema.prefault({}),
  max_keys: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Keys judged at once; the rest is counted.'),
  limit: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'Alerts that fire at a time, the worst first; the rest stand as one more, counted, with the key `__other__`. Absent: no limit.',
    ),
  dry_run: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe('Judged, recorded, shown, never sent.'),
});
export type RuleInput = z.output<typeof ruleSchema>;

export const groupSchema = z.strictObject({
  name: z.string().min(1).describe('A name for people.'),
  rules: z.array(ruleSchema).min(1),
});

export const overlaySchema = z.strictObject({
  override: idSchema.describe('The rule to adjust.'),
  based_on: z
    .string()
    .regex(/^[0-9a-f]{12}$/, { error: 'must be the 12 hex digits that "saccade rules diff" prints' })
    .optional()
    .describe(
      'Hash of the rule that this was written against; `saccade rules diff` tells when it has changed.',
    ),
  set: z.record(z.string(), z.unknown()).optional().describe('Merged into the rule; lists are replaced.'),
  append: z
    .record(z.string(), z.array(z.unknown()).min(1))
    .optional()
    .describe('Added to lists; exceptions of the same name get the values.'),
  enabled: z
    .literal(false, { error: 'can only be false: leave it out to keep the rule on' })
    .optional()
    .describe('false: the rule is off.'),
});
export type OverlayInput = z.output<typeof overlaySchema>;

export const ruleFileSchema = z.strictObject({
  groups: z.array(groupSchema).optional(),
  overlays: z.array(overlaySchema).optional(),
});

/** Keys of the design that are not built yet: refused as such, never ignored. */
export const notBuiltYet: ReadonlySet<string> = new Set(['season', 'cohort']);
/** Baseline methods of the design that are not built yet. */
export const methodsNotBuiltYet: ReadonlySet<string> = new Set(['season', 'cohort']);
