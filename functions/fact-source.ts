import { randomUUID } from 'node:crypto';
import { createCloudEvent } from '../stream/cloud-event.ts';
import type { Transition } from '../stream/events/transition.ts';
import { createCallPolicy } from './call-policy.ts';
import { factAskedType, factToldSchema, factToldType } from './fact-events.ts';
import { type EventFunction, FunctionError } from './event-function.ts';

/** Knows facts that no observation carries. */
export interface FactSource {
  readonly name: string;
  /** undefined: not known. Rejects when it cannot be asked, which means the same to whoever asks. */
  fact(
    name: string,
    transition: Transition,
    signal: AbortSignal,
  ): Promise<string | number | boolean | undefined>;
}

export interface FactSourceOptions {
  readonly name: string;
  readonly call: EventFunction;
  readonly timeoutMs: number;
  readonly nowMs?: () => number;
}

/**
 * A user's function that is asked for one fact of one alert. An alert waits for it, so there is one attempt, and a
 * source that is down is not asked at all for a while.
 */
export function createFactSource(options: FactSourceOptions): FactSource {
  const { name: source, call, timeoutMs, nowMs = () => Date.now() } = options;
  const policy = createCallPolicy({ timeoutMs, attempts: 1 });
  return {
    name: source,
    async fact(name, transition, signal) {
      const question = createCloudEvent({
        id: randomUUID(),
        source: '/engine/confirm',
        type: factAskedType,
        timeMs: nowMs(),
        partitionkey: transition.fingerprint,
        data: { fact: name, alert: transition },
      });
      const [answer] = await policy.run((attempt) => call(question, attempt), signal);
      if (answer === undefined) return undefined;
      const told = factToldSchema.safeParse(answer.data);
      if (answer.type !== factToldType || !told.success)
        throw new FunctionError('answer', `it answered with something else than a ${factToldType}`, {
          retryable: false,
        });
      return told.data.value ?? undefined;
    },
  };
}
