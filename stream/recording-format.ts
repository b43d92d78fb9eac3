import { z } from 'zod';
import { topics } from './port.ts';

/** The first line of a recording. */
export const recordingHeaderSchema = z.object({
  saccade_recording: z.literal(1),
  recorded_at: z.iso.datetime(),
  /** The shortened learning period that it was made with; null: as the rules say. */
  learn_ms: z.number().nullable(),
  /** Of the rules at its start; null: unknown. */
  rules_revision: z.string().nullable(),
  topics: z.array(z.enum(topics)),
});
export type RecordingHeader = z.infer<typeof recordingHeaderSchema>;

/** Every further line; the event is checked apart. */
export const recordingLineSchema = z.object({
  topic: z.enum(topics),
  partition: z.number().int().min(0),
  offset: z.number().int().min(0),
  appended_at_ms: z.number(),
  event: z.unknown(),
});

/** A fault of a recording at its place; line 0: the file as a whole. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
  readonly path: string;
  readonly line: number;

  constructor(path: string, line: number, reason: string, cause?: unknown) {
    super(line === 0 ? `${path}: ${reason}` : `${path}:${line}: ${reason}`, { cause });
    this.path = path;
    this.line = line;
  }
}
