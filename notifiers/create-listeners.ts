import type { NotifyConfig } from './config/notify-config.ts';
import type { ListenContext, Listener } from './listener.ts';
import { notifierKinds } from './registry.ts';

/** What hears people, of the receivers that are configured to. */
export function createListeners(
  config: NotifyConfig,
  context: Omit<ListenContext, 'receiver' | 'onTrouble'> & {
    readonly onTrouble: (receiver: string, reason: string) => void;
  },
): readonly Listener[] {
  return config.receivers.flatMap(({ name, kind, settings }) => {
    const found = notifierKinds.find((one) => one.kind === kind);
    const onTrouble = (reason: string) => context.onTrouble(name, reason);
    return found?.listen(settings, { ...context, receiver: name, onTrouble }) ?? [];
  });
}
