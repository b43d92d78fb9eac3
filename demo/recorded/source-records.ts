import { captureType } from '../../stream/events/capture.ts';
import {
  type ObservationBatch,
  type ObservationRow,
  type ObservationsEvent,
  observationsType,
} from '../../stream/events/observation.ts';
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

/** Did anything of this row get lost on its way? */
export function isLossRow({ fields }: ObservationRow): boolean {
  const signs = ['retransmits', 'syn_retransmits', 'synack_retransmits', 'stalled_sockets', 'loss_episodes'];
  return signs.some((field) => (fields[field] ?? 0) > 0);
}

/** The record with its loss rows taken out; what the recorder had caught because of them goes too. */
export function withoutLoss(record: StreamRecord): StreamRecord | undefined {
  if (record.event.type === captureType) return undefined;
  if (!isObservations(record)) return record;
  const { event } = record;
  const data: ObservationBatch = { ...event.data, rows: event.data.rows.filter((row) => !isLossRow(row)) };
  return { ...record, event: { ...event, data } };
}

function isObservations(record: StreamRecord): record is StreamRecord<ObservationsEvent> {
  return record.event.type === observationsType;
}
