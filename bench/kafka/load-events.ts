import type { CloudEvent } from '../../stream/cloud-event.ts';
import { tickType } from '../../stream/events/control.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import { ObservationLoad } from '../engine/observation-load.ts';

/** Seconds of `perSecond` observations each, as events; ticks come from the host. */
export function loadEvents(perSecond: number, seconds: number, seed: number): readonly CloudEvent[] {
  const load = new ObservationLoad(perSecond, seed);
  return Array.from({ length: seconds }, () => load.next().records)
    .flat()
    .filter(({ event }) => event.type !== tickType)
    .map(({ event }) => asOfNow(event));
}

/** The same observations as of now: a clock that is hours behind would be clamped. */
export function asOfNow(event: CloudEvent): CloudEvent {
  if (event.type !== observationsType) return event;
  const nowMs = Date.now();
  const data = event.data as ObservationBatch;
  const start = new Date(nowMs - data.window.ms).toISOString();
  return {
    ...event,
    time: new Date(nowMs).toISOString(),
    data: { ...data, window: { ...data.window, start } },
  };
}
