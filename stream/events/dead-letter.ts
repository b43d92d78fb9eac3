import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

export const deadLetterSchema = z.object({
  stage: z.string(),
  reason: z.string(),
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  /** The event as it came, or its text where it did not parse. */
  event: z.unknown(),
});
export const deadLetterType = 'io.saccade.dead.v1';
export type DeadLetterEvent = CloudEvent<typeof deadLetterType, z.infer<typeof deadLetterSchema>>;
