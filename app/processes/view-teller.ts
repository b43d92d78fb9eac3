import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ConsoleView } from '../http/console-routes.ts';
import type { Component } from '../lifecycle.ts';
import type { KafkaConnection } from './kafka-connection.ts';

export interface ViewTellerOptions {
  readonly kafka: KafkaConnection;
  readonly view: () => ConsoleView;
  readonly logger: Logger;
}

/** The record of the topic `view`; there is one at a time. */
export const viewKey = 'notify';
/** A change is told within; silence for much longer than the other means that nobody is in charge. */
const [lookMs, tellMs] = [1_000, 10_000];
/** So that a record stays below what brokers take (1 MB). */
const maxSilences = 1_000;

/** What a console elsewhere cannot read from the history: told by whoever is in charge, when it changes and every so often. */
export function createViewTeller({ kafka: { client, plan }, view, logger }: ViewTellerOptions): Component {
  const sender = client.createSender();
  const stopping = new AbortController();
  const encoder = new TextEncoder();
  let done: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    let [told, toldMs, failing] = ['', 0, false];
    while (!stopping.signal.aborted) {
      const text = textOf(view());
      if (text !== told || Date.now() - toldMs >= tellMs)
        try {
          await sender.send([{ topic: plan.view, key: viewKey, value: encoder.encode(text) }]);
          [told, toldMs, failing] = [text, Date.now(), false];
        } catch (error) {
          if (!failing)
            logger.warn({ err: error }, 'consoles do not learn how this process does; trying again');
          failing = true;
        }
      await sleep(lookMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    name: 'view',
    async start() {
      done = run();
    },
    async stop() {
      stopping.abort();
      await done;
      await sender.close();
    },
  };
}

function textOf(view: ConsoleView): string {
  return JSON.stringify({ ...view, silences: view.silences.slice(-maxSilences) });
}
