import { z } from 'zod';
import type { Matcher } from '../../stream/events/control.ts';
import { parseMatcher } from '../matcher.ts';
import { notifierKinds } from '../registry.ts';
import { durationSchema } from '../../source-text/quantity-schemas.ts';

const hourMs = 3_600_000;

const matcherTextSchema = z.string().transform((text, context): Matcher => {
  const parsed = parseMatcher(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

/** `[level = page, team =~ "shop|pay"]`, or `{team: shop}` for equality. */
const matchSchema = z
  .union([
    z.array(matcherTextSchema).max(32),
    z
      .record(z.string(), z.string())
      .transform((map) => Object.entries(map).map(([name, value]): Matcher => ({ name, op: '=', value }))),
  ])
  .default([]);

const routeFields = {
  receiver: z.string(),
  match: matchSchema,
  group_by: z.array(z.string()).max(16),
  group_wait: durationSchema,
  group_interval: durationSchema,
  repeat_interval: durationSchema,
  continue: z.boolean(),
};

/** A route as written: what it leaves out, it takes from the one above. */
export interface RouteConfig {
  readonly receiver?: string | undefined;
  readonly match: readonly Matcher[];
  readonly group_by?: readonly string[] | undefined;
  readonly group_wait?: number | undefined;
  readonly group_interval?: number | undefined;
  readonly repeat_interval?: number | undefined;
  readonly continue?: boolean | undefined;
  readonly routes: readonly RouteConfig[];
}

export const routeSchema: z.ZodType<RouteConfig> = z.strictObject({
  receiver: routeFields.receiver.optional(),
  match: routeFields.match,
  group_by: routeFields.group_by.optional(),
  group_wait: routeFields.group_wait.optional(),
  group_interval: routeFields.group_interval.optional(),
  repeat_interval: routeFields.repeat_interval.optional(),
  continue: routeFields.continue.optional(),
  get routes() {
    return z.array(routeSchema).max(200).default([]);
  },
});

const rateSchema = z
  .string()
  .regex(/^\d+\/[mhd]$/u, 'not a rate: write 10/h')
  .transform((text) => {
    const [count = '0', unit = 'h'] = text.split('/');
    return { count: Number(count), perMs: unit === 'm' ? 60_000 : unit === 'h' ? hourMs : 24 * hourMs };
  });
export type Rate = z.output<typeof rateSchema>;

export interface ReceiverConfig {
  readonly name: string;
  readonly kind: string;
  /** As the kind's own schema returned it. */
  readonly settings: unknown;
  readonly maxNotifications: Rate | undefined;
}

const kindNames = notifierKinds.map(({ kind }) => kind);
/** `terminal:` with nothing behind it is null in YAML and means: all defaults. */
const sectionSchema = (schema: z.ZodType) =>
  z.preprocess((value) => (value === null ? {} : value), schema).optional();

const receiverSchema = z
  .strictObject({
    name: z.string().min(1),
    max_notifications: rateSchema.optional(),
    ...Object.fromEntries(notifierKinds.map(({ kind, configSchema }) => [kind, sectionSchema(configSchema)])),
  })
  .transform((receiver, context): ReceiverConfig => {
    const sections = receiver as Readonly<Record<string, unknown>>;
    const given = kindNames.filter((kind) => sections[kind] !== undefined);
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      context.addIssue({ code: 'custom', message: `a receiver is exactly one of ${kindNames.join(', ')}` });
      return z.NEVER;
    }
    return {
      name: receiver.name,
      kind,
      settings: sections[kind],
      maxNotifications: receiver.max_notifications,
    };
  });

/** The section `notifications:`. */
export const notificationsSchema = z.strictObject({
  route: routeSchema,
  receivers: z.array(receiverSchema).min(1).max(200),
  fallback: z.string().optional(),
  heartbeat: z
    .strictObject({
      url: z.url({ protocol: /^https?$/, error: 'not an http or https URL' }),
      every: durationSchema.default(60_000),
    })
    .optional(),
  max_notifications: rateSchema.optional(),
});
export type NotificationsSection = z.output<typeof notificationsSchema>;

/** The receiver that always exists: lines on the terminal. */
export const terminalFallback = 'terminal';
