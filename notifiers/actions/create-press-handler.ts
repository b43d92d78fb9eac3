import type { Transition } from '../../stream/events/transition.ts';
import type { Producer } from '../../stream/port.ts';
import { eventsOfPress, type TopicEvent } from './press-events.ts';
import type { PressAction, PressHandler } from './press.ts';

export interface PressHandlerOptions {
  /** The alerts of a message that still fire; undefined: the message is not known any more. */
  readonly firingOf: (groupId: string) => readonly Transition[] | undefined;
  readonly producer: Producer;
  readonly nowMs: () => number;
}

const done: Readonly<Record<PressAction, string>> = {
  acknowledge: 'Acknowledged.',
  silence_1h: 'Silenced for an hour.',
  silence_until_resolved: 'Silenced until it is resolved.',
  capture: 'Packets are being captured; they come into the thread.',
  accept_as_normal: 'Accepted: what it does now is learned as normal.',
};

/** Turns presses into control events of the stream, in the order of everything else. */
export function createPressHandler(options: PressHandlerOptions): PressHandler {
  return async (press) => {
    const firing = options.firingOf(press.groupId);
    if (firing === undefined) return 'This message is too old to act on.';
    if (firing.length === 0) return 'It is over already; nothing was changed.';
    const events = firing.flatMap((alert) => eventsOfPress(press, alert, options.nowMs()));
    if (events.length === 0) return 'There is no flow to capture: the alert names no peer.';
    await appendAll(options.producer, events);
    return done[press.action];
  };
}

/** In order; those of one topic go together. */
async function appendAll(producer: Producer, events: readonly TopicEvent[]): Promise<void> {
  for (const topic of new Set(events.map(([name]) => name)))
    await producer.append(
      topic,
      events.filter(([name]) => name === topic).map(([, event]) => event),
    );
}
