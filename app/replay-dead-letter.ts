import { randomUUID } from 'node:crypto';
import type { CloudEvent } from '../stream/cloud-event.ts';
import { observationsType } from '../stream/events/observation.ts';
import { envelopeFault } from '../stream/parse-cloud-event.ts';
import type { Producer } from '../stream/port.ts';
import { validateEvent } from '../stream/validate-event.ts';
import { ControlError, type ReplayDead } from './http/control-server.ts';

/**
 * Appends an event anew that no stage could take. It gets an id of its own, or it would be dropped as the repeat that
 * it is; each replay is one more, on purpose.
 */
export async function replayDeadLetter(
  { topic, event }: ReplayDead,
  producer: Producer,
): Promise<{ readonly id: string }> {
  const fault = envelopeFault(event) ?? validateEvent(event as CloudEvent);
  if (fault !== undefined) throw new ControlError(400, `it cannot be taken now either: ${fault}`);
  const renewed = renew(event as CloudEvent);
  await producer.append(topic, [renewed]);
  return { id: renewed.id };
}

/** Ids of observations say `node/boot/seq`, and the judge reads them. */
function renew(event: CloudEvent): CloudEvent {
  const mark = randomUUID().slice(0, 8);
  const id =
    event.type === observationsType
      ? `${event.id.split('/')[0]}/replay-${mark}/1`
      : `${event.id}/replay-${mark}`;
  return { ...event, id, source: `/control/replay${event.source}` };
}
