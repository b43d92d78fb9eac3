import type { NotifyConfig } from './config/notify-config.ts';
import type { NotifierContext } from './define-notifier.ts';
import type { Notifier } from './notifier.ts';
import { notifierKinds } from './registry.ts';

/** One notifier a configured receiver, by name. */
export function createNotifiers(
  config: NotifyConfig,
  context: Omit<NotifierContext, 'receiver'>,
): ReadonlyMap<string, Notifier> {
  return new Map(
    config.receivers.map(({ name, kind, settings }) => {
      const found = notifierKinds.find((one) => one.kind === kind);
      if (!found) throw new Error(`receiver "${name}": unknown kind "${kind}"`);
      return [name, found.create(settings, { ...context, receiver: name })];
    }),
  );
}
