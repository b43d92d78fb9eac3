import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

/** What came of handing an event to a user's function, all attempts included. On `notifications`. */
export const functionCalledSchema = z.object({
  function: z.string(),
  /** `id` and `type` of the event that it was given. */
  event_id: z.string(),
  event_type: z.string(),
  /** `dead`: given up; the event is a dead letter too. */
  outcome: z.enum(['done', 'dead']),
  attempts: z.number().int().min(1),
  /** Events that it gave back and that entered the stream. */
  returned: z.number().int().min(0),
  /** Why it was given up; `''`: it was not. */
  reason: z.string(),
});
export type FunctionCalled = z.infer<typeof functionCalledSchema>;
export const functionCalledType = 'io.saccade.function.called.v1';
export type FunctionCalledEvent = CloudEvent<typeof functionCalledType, FunctionCalled>;

/** What somebody else knows of an alert: shown with it from then on. On `alerts`. */
export const alertAnnotatedSchema = z.object({
  fingerprint: z.string(),
  episode: z.number().int().min(1),
  annotations: z.record(z.string().min(1).max(100), z.string().max(2_000)),
  by: z.string(),
});
export type AlertAnnotated = z.infer<typeof alertAnnotatedSchema>;
export const alertAnnotatedType = 'io.saccade.alert.annotated.v1';
export type AlertAnnotatedEvent = CloudEvent<typeof alertAnnotatedType, AlertAnnotated>;
