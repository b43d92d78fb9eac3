import { createCloudEvent } from '../../stream/cloud-event.ts';
import { type AlertAnnotated, alertAnnotatedType } from '../../stream/events/function.ts';
import { type Transition, transitionType } from '../../stream/events/transition.ts';
import type { Producer, Stage } from '../../stream/port.ts';

/** How the note is called, in messages, console and history. */
export const changesNote = 'Changed before';

export interface ChangesStageOptions {
  /** What changed around an alert before it; undefined: nothing. */
  readonly changesBefore: (alert: Transition) => string | undefined;
  readonly producer: Pick<Producer, 'append'>;
  readonly nowMs: () => number;
  readonly onAppendFailure: (error: unknown) => void;
}

/**
 * Notes with each alert what changed before it, at its first news. An alert that is asked (`confirm`) before it fires
 * has the note when it is told; one that fires at once gets it a moment later.
 *
 * What it answers is of the moment and not of the records, so it is a side effect after the commit, and its event has
 * the alert's own id: a repeat is dropped. What a crash swallows is not noted.
 */
export function createChangesStage(options: ChangesStageOptions): Stage {
  const { changesBefore, producer, nowMs, onAppendFailure } = options;
  let due: Transition[] = [];

  async function note(transition: Transition): Promise<void> {
    const found = changesBefore(transition);
    if (found === undefined) return;
    await producer.append('alerts', [toEvent(transition, found, nowMs())]);
  }

  return {
    name: 'changes',
    inputs: ['alerts'],
    restore: () => undefined,
    process({ event }) {
      const transition = event.data as Transition;
      if (event.type === transitionType && transition.seq === 1) due.push(transition);
      return [];
    },
    drainState: () => [],
    tickWithinMs: () => Infinity,
    committed() {
      const transitions = due;
      due = [];
      for (const transition of transitions) note(transition).catch(onAppendFailure);
    },
  };
}

function toEvent({ fingerprint, episode, subject }: Transition, found: string, timeMs: number) {
  const data: AlertAnnotated = {
    fingerprint,
    episode,
    annotations: { [changesNote]: found },
    by: 'kubernetes',
  };
  return createCloudEvent({
    id: `changes/${fingerprint}/${episode}`,
    source: `/kubernetes/${subject.cluster}/changes`,
    type: alertAnnotatedType,
    timeMs,
    partitionkey: fingerprint,
    data,
  });
}
