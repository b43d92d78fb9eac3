import { z } from 'zod';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import { capturePhases, captureRequestSchema, captureSchema } from '../../stream/events/capture.ts';

export const captureViewSchema = z
  .object({
    id: z.string(),
    at_ms: z.number(),
    phase: z.enum([...capturePhases, 'requested']),
    request: captureRequestSchema.nullable(),
    capture: captureSchema.nullable().describe('null: the agent has not answered yet.'),
  })
  .meta({ id: 'Capture' });
export type CaptureView = z.infer<typeof captureViewSchema>;

export function toCaptureView({ id, atMs, phase, request, capture }: CaptureEntry): CaptureView {
  return { id, at_ms: atMs, phase, request, capture };
}
