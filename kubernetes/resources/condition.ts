import { z } from 'zod';

/** As Kubernetes writes conditions. */
export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.int(),
  lastTransitionTime: z.string(),
});
export type Condition = z.output<typeof conditionSchema>;

/** With the time of the last turn: that of the one before, where its status was the same. */
export function toCondition(
  now: Omit<Condition, 'lastTransitionTime'>,
  before: readonly Condition[] | undefined,
  nowMs: number,
): Condition {
  const known = before?.find(({ type }) => type === now.type);
  const lastTransitionTime =
    known?.status === now.status
      ? known.lastTransitionTime
      : new Date(nowMs).toISOString().replace(/\.\d+Z$/u, 'Z');
  return { ...now, lastTransitionTime };
}
