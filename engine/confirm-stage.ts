import type { TopLevelCondition } from 'json-rules-engine';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { alertConfirmedType, type AlertConfirmed } from '../stream/events/confirmation.ts';
import { transitionType, type Transition } from '../stream/events/transition.ts';
import type { Producer, Stage } from '../stream/port.ts';
import { confirmAlert, type Answer, type FactProvider } from './confirm-alert.ts';
import { confirmWithinMs } from './confirmation.ts';

export type ConfirmOutcome = 'confirmed' | 'held' | 'unknown';

export interface ConfirmStageOptions {
  readonly providers: readonly FactProvider[];
  /** Where the answers go: the `signals` of the judge that asked. */
  readonly producer: Pick<Producer, 'append'>;
  readonly nowMs: () => number;
  readonly onAnswered?: (outcome: ConfirmOutcome) => void;
  /** The answer could not be appended: the judge goes on without it. */
  readonly onAppendFailure: (error: unknown) => void;
}

/** At once; what is more is answered "unknown" without asking. */
const maxAsked = 64;
/** Leaves time for the answer to reach the judge before it goes on without. */
const timeoutMs = confirmWithinMs / 2;

/**
 * Asks the `confirm` of alerts that are about to notify: `(transition) → answer on signals`. It asks only what is
 * committed, and keeps no state: what a crash swallows, the judge takes as unknown ten seconds later.
 */
export function createConfirmStage(options: ConfirmStageOptions): Stage {
  let waiting: Transition[] = [];
  let asked = 0;

  async function ask(transition: Transition): Promise<void> {
    asked += 1;
    try {
      const answer = await answerOf(transition, options, asked);
      await options.producer.append('signals', [toEvent(transition, answer, options.nowMs())]);
      options.onAnswered?.(outcomeOf(answer));
    } catch (error) {
      options.onAppendFailure(error);
    } finally {
      asked -= 1;
    }
  }

  return {
    name: 'confirm',
    inputs: ['alerts'],
    restore: () => undefined,
    process({ event }) {
      const transition = event.data as Transition;
      if (event.type === transitionType && transition.confirm) waiting.push(transition);
      return [];
    },
    drainState: () => [],
    tickWithinMs: () => Infinity,
    committed() {
      const due = waiting;
      waiting = [];
      for (const transition of due) void ask(transition);
    },
  };
}

async function answerOf(
  transition: Transition,
  { providers }: ConfirmStageOptions,
  asked: number,
): Promise<Answer> {
  if (asked > maxAsked) return { confirmed: null, reason: `more than ${maxAsked} alerts were asked at once` };
  const conditions = transition.confirm as unknown as TopLevelCondition;
  return confirmAlert(conditions, transition, { providers, timeoutMs });
}

function outcomeOf({ confirmed }: Answer): ConfirmOutcome {
  if (confirmed === null) return 'unknown';
  return confirmed ? 'confirmed' : 'held';
}

function toEvent(transition: Transition, answer: Answer, timeMs: number) {
  const { fingerprint, episode, seq, subject } = transition;
  const data: AlertConfirmed = { fingerprint, episode, ...answer };
  return createCloudEvent({
    id: `confirm/${fingerprint}/${episode}/${seq}`,
    source: `/clusters/${subject.cluster}/confirm`,
    type: alertConfirmedType,
    timeMs,
    partitionkey: `${subject.cluster}/${subject.namespace}/${subject.workload}`,
    data,
  });
}
