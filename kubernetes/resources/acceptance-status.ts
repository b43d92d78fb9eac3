import type { z } from 'zod';
import { toCondition } from './condition.ts';
import type { silenceStatusSchema } from './custom-resources.ts';

export type AcceptanceStatus = z.output<typeof silenceStatusSchema>;

export interface Acceptance {
  readonly accepted: boolean;
  /** `Active`, `Refused`, `Ended`. */
  readonly state: string;
  readonly message: string;
  readonly generation: number;
  readonly nowMs: number;
}

/** As other controllers tell it: one condition, whose time is that of the last turn. */
export function acceptanceStatus(
  { accepted, state, message, generation, nowMs }: Acceptance,
  before: AcceptanceStatus | undefined,
): AcceptanceStatus {
  const condition = toCondition(
    {
      type: 'Accepted',
      status: accepted ? 'True' : 'False',
      reason: accepted ? 'Checked' : 'DoesNotCheck',
      message,
      observedGeneration: generation,
    },
    before?.conditions,
    nowMs,
  );
  return { state, conditions: [condition] };
}
