import { captureType } from '../../stream/events/capture.ts';
import { transitionType } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';

/**
 * true: it came from outside (kernel, clock, persons, recorder), so a play feeds it in. What the stages made of these is
 * made again.
 */
export function isSource({ topic, event }: StreamRecord): boolean {
  switch (topic) {
    case 'signals':
      return true;
    case 'alerts':
      return event.type !== transitionType;
    case 'captures':
      return event.type === captureType;
    case 'notifications':
    case 'dead':
      return false;
    default:
      return topic satisfies never;
  }
}
