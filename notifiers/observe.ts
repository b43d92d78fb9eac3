import type { NotifierContext } from './define-notifier.ts';
import type { Delivery, Notifier, SendResult } from './notifier.ts';
import { createTerminalNotifier } from './terminal/terminal-notifier.ts';

/** Key of the receipt of a message that nobody got; its value names the receiver. */
export const observedReceipt = 'observed';

/**
 * `paging: observe`: stands in for a receiver. What it would have been told goes to the output instead, and into the
 * history as sent, with a receipt that says so.
 */
export function createObservingNotifier(kind: string, context: NotifierContext): Notifier {
  const { receiver } = context;
  const output = createTerminalNotifier({ colour: 'auto' }, context);
  return {
    kind,
    queueKey: `observe:${receiver}`,
    minGapMs: 0,
    async send(delivery, signal) {
      const title = `would have told ${receiver}: ${delivery.content.title}`;
      await output.send({ ...delivery, content: { ...delivery.content, title } }, signal);
      return { kind: 'sent', receipt: { [observedReceipt]: receiver } };
    },
  };
}

/** After `observe` has ended, news of messages that nobody got are news to nobody: the next alert is told. */
export function withoutObservedThreads(notifier: Notifier): Notifier {
  const { kind, queueKey, minGapMs, idempotent } = notifier;
  return {
    kind,
    queueKey,
    minGapMs,
    ...(idempotent !== undefined && { idempotent }),
    send: async (delivery, signal) => answerFor(delivery) ?? (await notifier.send(delivery, signal)),
    ...(notifier.find !== undefined && {
      find: async (delivery: Delivery, signal: AbortSignal) =>
        (await notifier.find?.(delivery, signal)) ?? ({ kind: 'absent' } as const),
    }),
  };
}

function answerFor({ root }: Delivery): SendResult | undefined {
  if (root?.[observedReceipt] === undefined) return undefined;
  return { kind: 'sent', receipt: root };
}
