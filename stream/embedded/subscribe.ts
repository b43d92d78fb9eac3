import type { StreamRecord, Topic } from '../port.ts';
import type { EmbeddedLog } from './embedded-log.ts';
import { WakeSignal } from './wake-signal.ts';

export interface SubscribeOptions {
  readonly log: EmbeddedLog;
  /** In one order over all of them. */
  readonly topics: readonly Topic[];
  /** Records after this offset; `latest`: only what comes from now on. */
  readonly fromOffset: number | 'latest';
  /** Called in order, one at a time, each record once. */
  readonly handler: (record: StreamRecord) => void | Promise<void>;
  /** The handler threw: the subscription has ended at that record. */
  readonly onError: (error: Error) => void;
}

export interface Subscription {
  /** Resolves when the handler in hand is done; idempotent. */
  stop(): Promise<void>;
}

const batchRecords = 256;

/**
 * Follows topics from within the process, without durable offset: for what shows or acts and can be told again.
 * What must survive a crash is a stage. Records that do not parse are left to the stages to bury.
 */
export function subscribe(options: SubscribeOptions): Subscription {
  const { log, topics, handler, onError } = options;
  const wake = new WakeSignal();
  let position = options.fromOffset === 'latest' ? log.records.lastOffset() : options.fromOffset;
  let stopped = false;
  const endings = [log.onAppend(() => wake.wake()), log.addConsumer({ topics, position: () => position })];
  const end = (): void => {
    stopped = true;
    for (const ending of endings.splice(0)) ending();
    wake.wake();
  };

  const follow = async (): Promise<void> => {
    while (!stopped) {
      const entries = log.records.read(topics, position, batchRecords);
      if (entries.length === 0) await wake.wait();
      for (const entry of entries) {
        if (stopped) return;
        if (entry.kind === 'record') await handler(entry.record);
        position = entry.kind === 'record' ? entry.record.offset : entry.offset;
      }
    }
  };
  const done = follow().catch((error: unknown) => {
    end();
    onError(error instanceof Error ? error : new Error(String(error)));
  });
  return {
    stop: () => {
      end();
      return done;
    },
  };
}
