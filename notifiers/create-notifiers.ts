import { terminalFallback } from './config/config-schema.ts';
import type { NotifyConfig } from './config/notify-config.ts';
import type { NotifierContext } from './define-notifier.ts';
import type { Notifier } from './notifier.ts';
import { createObservingNotifier, withoutObservedThreads } from './observe.ts';
import { notifierKinds } from './registry.ts';

/** One notifier a configured receiver, by name. While observing, only the terminal is one of its own. */
export function createNotifiers(
  config: NotifyConfig,
  context: Omit<NotifierContext, 'receiver'>,
): ReadonlyMap<string, Notifier> {
  return new Map(
    config.receivers.map(({ name, kind, settings }) => {
      const found = notifierKinds.find((one) => one.kind === kind);
      if (!found) throw new Error(`receiver "${name}": unknown kind "${kind}"`);
      const own = { ...context, receiver: name };
      if (config.paging === 'observe' && kind !== terminalFallback)
        return [name, createObservingNotifier(kind, own)];
      return [name, withoutObservedThreads(found.create(settings, own))];
    }),
  );
}
