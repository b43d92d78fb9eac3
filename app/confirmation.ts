import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { FactProvider } from '../engine/confirm-alert.ts';
import { createConfirmStage } from '../engine/confirm-stage.ts';
import type { Producer, Stage } from '../stream/port.ts';

export interface ConfirmationOptions {
  /** Who knows facts beyond those of the alert itself. */
  readonly providers: readonly FactProvider[];
  readonly producer: Producer;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** Asks what rules want confirmed before they notify. */
export function createConfirmation({ providers, producer, registry, logger }: ConfirmationOptions): Stage {
  const answers = new Counter({
    name: 'saccade_confirmations_total',
    help: 'Alerts that were asked before they notify, by what came of it: confirmed, held (back), unknown.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return createConfirmStage({
    providers,
    producer,
    nowMs: () => Date.now(),
    onAnswered: (outcome) => answers.inc({ outcome }),
    onAppendFailure: (error) =>
      logger.error(
        { err: error },
        'an answer to `confirm` was not taken by the log; the alert fires without it',
      ),
  });
}
