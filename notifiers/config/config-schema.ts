import { validateCronExpression } from 'cron';
import { z } from 'zod';
import type { DeliveryForm } from '../delivery-form.ts';
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
  .default([])
  .describe(
    'Which alerts: `[level = page, team =~ "shop|pay"]` with =, !=, =~, !~, or `{team: shop}`; empty takes all.',
  );

const routeFields = {
  receiver: z.string().describe('Name of a receiver; the topmost route needs one.'),
  match: matchSchema,
  group_by: z.array(z.string()).max(16).meta({
    description: 'Labels whose values make one message; `path`: the two ends, whichever tells.',
    'x-default': '`[path]`',
  }),
  group_wait: durationSchema.meta({
    description: 'How long the first message of a group waits for company.',
    'x-default': '`0`',
  }),
  group_interval: durationSchema.meta({
    description:
      'New figures of an open message at most this often; news (a level, a member, the end) at once.',
    'x-default': '`5s`',
  }),
  repeat_interval: durationSchema.meta({
    description: 'How often "still firing" is said.',
    'x-default': '`4h`',
  }),
  continue: z.boolean().describe('After a match, the next sibling is tried too.'),
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
    return z.array(routeSchema).max(200).default([]).describe('Routes below this one, tried in their order.');
  },
});

const rateSchema = z
  .string()
  .regex(/^\d+\/[mhd]$/u, 'not a rate: write 10/h')
  .transform((text) => {
    const [count = '0', unit = 'h'] = text.split('/');
    return { count: Number(count), perMs: unit === 'm' ? 60_000 : unit === 'h' ? hourMs : 24 * hourMs };
  })
  .meta({ title: 'rate' });
export type Rate = z.output<typeof rateSchema>;

export interface ReceiverConfig {
  readonly name: string;
  readonly kind: string;
  /** As the kind's own schema returned it. */
  readonly settings: unknown;
  readonly maxNotifications: Rate | undefined;
  readonly form: DeliveryForm;
}

const kindNames = notifierKinds.map(({ kind }) => kind);
/** `terminal:` with nothing behind it is null in YAML and means: all defaults. */
const sectionSchema = (schema: z.ZodType) =>
  z.preprocess((value) => (value === null ? {} : value), schema).optional();

const receiverSchema = z
  .strictObject({
    name: z.string().min(1).describe('What routes call it.'),
    max_notifications: rateSchema
      .optional()
      .describe('New messages at most; the rest comes as one digest. Overrides the one for all.'),
    ...Object.fromEntries(notifierKinds.map(({ kind, configSchema }) => [kind, sectionSchema(configSchema)])),
  })
  .transform((receiver, context): ReceiverConfig => {
    const sections = receiver as Readonly<Record<string, unknown>>;
    const given = kindNames.filter((kind) => sections[kind] !== undefined);
    const [name] = given;
    const kind = notifierKinds.find((one) => one.kind === name);
    if (kind === undefined || given.length > 1) {
      context.addIssue({ code: 'custom', message: `a receiver is exactly one of ${kindNames.join(', ')}` });
      return z.NEVER;
    }
    return {
      name: receiver.name,
      kind: kind.kind,
      settings: sections[kind.kind],
      maxNotifications: receiver.max_notifications,
      form: kind.form(sections[kind.kind]),
    };
  });

const scheduleSchema = z.string().check((context) => {
  const { valid, error } = validateCronExpression(context.value);
  if (valid) return;
  const message = `not a schedule: ${error?.message ?? 'write "0 8 * * *"'}`;
  context.issues.push({ code: 'custom', message, input: context.value });
});

const digestSchema = z
  .strictObject({
    schedule: scheduleSchema.describe('When, as cron writes it: `0 8 * * *`.'),
    timezone: z
      .string()
      .refine(isTimezone, 'not a time zone: write Europe/Berlin')
      .optional()
      .meta({ description: 'Of the schedule.', 'x-default': "the machine's" }),
    span: durationSchema.prefault('24h').describe('How far it looks back.'),
    receiver: z.string().describe('Name of a receiver that people read.'),
  })
  .describe('What fired, what was acted on, which rule to tune.');

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // RangeError is how Intl says no.
    return false;
  }
}

/** The section `notifications:`. */
export const notificationsSchema = z.strictObject({
  paging: z
    .enum(['page', 'observe'])
    .default('page')
    .describe(
      '`observe`: messages are decided and recorded, and go to the terminal only; `saccade alerts report` lists them.',
    ),
  route: routeSchema.describe('The topmost route; it takes what no other takes.'),
  receivers: z.array(receiverSchema).min(1).max(200).describe('Who is told.'),
  fallback: z.string().optional().meta({
    description: 'Receiver that is told when another one refuses.',
    'x-default': '`terminal`, which always exists',
  }),
  heartbeat: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'not an http or https URL' })
        .describe('Requested while events move from the agent to the notifiers; not otherwise.'),
      every: durationSchema.prefault('1m').describe('How often.'),
    })
    .optional()
    .describe("A dead man's switch."),
  digest: digestSchema.optional(),
  max_notifications: rateSchema.optional().meta({
    description:
      'For every receiver that people read (Slack, e-mail, PagerDuty): new messages at most; the rest comes as one digest.',
    'x-default': '`30/h`',
  }),
});
export type NotificationsSection = z.output<typeof notificationsSchema>;

/** The receiver that always exists: lines on the terminal. */
export const terminalFallback = 'terminal';
