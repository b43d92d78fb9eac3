import type { z } from 'zod';
import type { ChartMaker } from './chart/chart-maker.ts';
import type { DeliveryForm } from './delivery-form.ts';
import { threadForm } from './delivery-form.ts';
import type { ListenContext, Listener } from './listener.ts';
import type { Notifier } from './notifier.ts';

/** What every notifier may need of the world; injected, so that tests hold it. */
export interface NotifierContext {
  readonly receiver: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Folder that relative paths in the configuration are meant from; default: the working directory. */
  readonly directory?: string;
  readonly nowMs: () => number;
  /** Where a terminal notifier writes. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Default: nobody draws. */
  readonly charts?: ChartMaker;
}

/** A kind of receiver: its section in the configuration and how to make one. */
export interface NotifierKind {
  readonly kind: string;
  readonly configSchema: z.ZodType;
  /** Do people read each message there? Then `max_notifications` holds by default. */
  readonly readByPeople: boolean;
  /** How it is told; `config` is what `configSchema` returned. */
  form(config: unknown): DeliveryForm;
  /** `config` is what `configSchema` returned. */
  create(config: unknown, context: NotifierContext): Notifier;
  /** What hears people there; null: nobody can be heard. */
  listen(config: unknown, context: ListenContext): Listener | null;
}

/** Keeps schema and factory in agreement, then forgets the type: the registry holds all kinds alike. */
export function defineNotifier<Schema extends z.ZodType>(definition: {
  readonly kind: string;
  readonly configSchema: Schema;
  /** Default: true. */
  readonly readByPeople?: boolean;
  /** Default: a thread. */
  readonly form?: (config: z.output<Schema>) => DeliveryForm;
  readonly create: (config: z.output<Schema>, context: NotifierContext) => Notifier;
  /** Default: nobody. */
  readonly listen?: (config: z.output<Schema>, context: ListenContext) => Listener | null;
}): NotifierKind {
  return {
    kind: definition.kind,
    configSchema: definition.configSchema,
    readByPeople: definition.readByPeople ?? true,
    form: (config) => definition.form?.(config as z.output<Schema>) ?? threadForm,
    listen: (config, context) => definition.listen?.(config as z.output<Schema>, context) ?? null,
    create: (config, context) => definition.create(config as z.output<Schema>, context),
  };
}
