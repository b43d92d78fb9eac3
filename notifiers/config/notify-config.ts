import type { Document } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { checkReferences } from './check-references.ts';
import type { ConfigFault } from '../../source-text/faults-from-zod.ts';
import { faultsFromZod } from '../../source-text/faults-from-zod.ts';
import type { NotificationsSection, Rate, ReceiverConfig } from './config-schema.ts';
import { threadForm } from '../delivery-form.ts';
import { notifierKinds } from '../registry.ts';
import { notificationsSchema, terminalFallback } from './config-schema.ts';
import type { RouteConfig } from './config-schema.ts';

/** What the notifiers work with, defaults filled in. */
export interface NotifyConfig {
  /** true: nothing was configured, pages go to the terminal. */
  readonly defaulted: boolean;
  /** Default: page. */
  readonly paging?: 'page' | 'observe';
  readonly route: RouteConfig;
  readonly receivers: readonly ReceiverConfig[];
  readonly fallback: string;
  readonly heartbeat: { readonly url: string; readonly everyMs: number } | undefined;
  readonly digest?: NotificationsSection['digest'];
}

export type ParsedNotifyConfig =
  | { readonly ok: true; readonly config: NotifyConfig }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

/** Nobody acts on more new messages an hour than this; the rest is one digest. Programs and logs take all. */
const defaultRate: Rate = { count: 30, perMs: 3_600_000 };

const terminalReceiver: ReceiverConfig = {
  name: terminalFallback,
  kind: 'terminal',
  settings: { colour: 'auto' },
  maxNotifications: undefined,
  form: threadForm,
};

export const defaultNotifyConfig: NotifyConfig = {
  defaulted: true,
  route: { receiver: terminalFallback, match: [], routes: [] },
  receivers: [terminalReceiver],
  fallback: terminalFallback,
  heartbeat: undefined,
};

/** The section as a file of its own. */
export function parseNotifyConfig(text: string, path: string): ParsedNotifyConfig {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const syntax = document.errors.map((error): ConfigFault => {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return {
      path,
      line,
      column: col,
      message: error.message.split('\n')[0] ?? error.code,
      suggestion: undefined,
    };
  });
  if (syntax.length > 0) return { ok: false, faults: syntax };
  return parseNotifySection(document, lineCounter, path, []);
}

/** The section inside a larger document, e.g. at `['notifications']`; absent or empty: the default. */
export function parseNotifySection(
  document: Document,
  lineCounter: LineCounter,
  path: string,
  base: readonly string[] = ['notifications'],
): ParsedNotifyConfig {
  const whole: unknown = document.toJS();
  const value = base.reduce<unknown>((node, key) => (node as Record<string, unknown> | null)?.[key], whole);
  if (value === undefined || value === null) return { ok: true, config: defaultNotifyConfig };
  const parsed = notificationsSchema.safeParse(value);
  const issues = [...(parsed.error?.issues ?? []), ...checkReferences(value)];
  if (parsed.success && issues.length === 0) return { ok: true, config: toNotifyConfig(parsed.data) };
  const source = { path, document, lineCounter, schema: notificationsSchema, base };
  return { ok: false, faults: faultsFromZod(new z.ZodError(issues), source) };
}

/** From an already validated section, e.g. where the whole configuration is one schema. */
export function toNotifyConfig(section: NotificationsSection): NotifyConfig {
  const rate = section.max_notifications ?? defaultRate;
  const receivers = section.receivers.map((receiver) =>
    isReadByPeople(receiver.kind) ? { maxNotifications: rate, ...definedOnly(receiver) } : receiver,
  );
  const fallback = section.fallback ?? terminalFallback;
  const known = receivers.some(({ name }) => name === terminalFallback);
  return {
    defaulted: false,
    paging: section.paging,
    route: section.route,
    receivers: known || fallback !== terminalFallback ? receivers : [...receivers, terminalReceiver],
    fallback,
    ...(section.digest !== undefined && { digest: section.digest }),
    heartbeat: section.heartbeat && { url: section.heartbeat.url, everyMs: section.heartbeat.every },
  };
}

const isReadByPeople = (kind: string): boolean =>
  notifierKinds.some((one) => one.kind === kind && one.readByPeople);

const definedOnly = (
  receiver: ReceiverConfig,
): Omit<ReceiverConfig, 'maxNotifications'> & { maxNotifications?: Rate } => {
  const { maxNotifications, ...rest } = receiver;
  return maxNotifications === undefined ? rest : { ...rest, maxNotifications };
};
