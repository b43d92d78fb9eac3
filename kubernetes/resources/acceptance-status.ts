import type { z } from 'zod';
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
  const status = accepted ? 'True' : 'False';
  const known = before?.conditions.find(({ type }) => type === 'Accepted');
  const lastTransitionTime =
    known?.status === status
      ? known.lastTransitionTime
      : new Date(nowMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  const reason = accepted ? 'Checked' : 'DoesNotCheck';
  const condition = {
    type: 'Accepted',
    status,
    reason,
    message,
    observedGeneration: generation,
    lastTransitionTime,
  };
  return { state, conditions: [condition as AcceptanceStatus['conditions'][number]] };
}
