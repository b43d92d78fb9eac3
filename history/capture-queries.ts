import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import {
  captureRequestSchema,
  captureSchema,
  type Capture,
  type CaptureRequest,
} from '../stream/events/capture.ts';
import { createFilter } from './filter.ts';

/** A capture as its last phase left it; `capture` is null as long as the agent has not answered. */
export interface CaptureEntry {
  readonly id: string;
  readonly atMs: number;
  readonly phase: Capture['phase'] | 'requested';
  readonly request: CaptureRequest | null;
  readonly capture: Capture | null;
}

export interface CaptureFilter {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly fingerprint?: string;
  readonly phase?: CaptureEntry['phase'];
  readonly idPrefix?: string;
  readonly hasFile?: true;
  /** At most 1,000; 100 without. */
  readonly limit?: number;
}

const bodySchema = z.object({ request: captureRequestSchema.optional(), capture: captureSchema.optional() });
export const captureRowSchema = z
  .object({ id: z.string(), at_ms: z.number(), body: z.string() })
  .transform((row): CaptureEntry => {
    const { request, capture } = bodySchema.parse(JSON.parse(row.body));
    const phase = capture?.phase ?? 'requested';
    return { id: row.id, atMs: row.at_ms, phase, request: request ?? null, capture: capture ?? null };
  });

/** Latest first. */
export function listCaptures(database: DatabaseSync, filter: CaptureFilter = {}): readonly CaptureEntry[] {
  const where = createFilter();
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  where.addIf('fingerprint = ?', filter.fingerprint);
  where.addIf('phase = ?', filter.phase);
  where.addIf('id >= ?', filter.idPrefix);
  where.addIf('id < ?', filter.idPrefix && `${filter.idPrefix}\u{10ffff}`);
  if (filter.hasFile) where.add("json_extract(body, '$.capture.file') IS NOT NULL");
  return database
    .prepare(`SELECT id, at_ms, body FROM captures ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`)
    .all(...where.values(), Math.min(filter.limit ?? 100, 1000))
    .map((row) => captureRowSchema.parse(row));
}

/** By its whole id, or a prefix that only one has. */
export function getCapture(database: DatabaseSync, idPrefix: string): CaptureEntry | undefined {
  if (idPrefix === '') return undefined;
  const rows = database
    .prepare('SELECT id, at_ms, body FROM captures WHERE id >= ? AND id < ? ORDER BY id LIMIT 2')
    .all(idPrefix, `${idPrefix}\u{10ffff}`)
    .map((row) => captureRowSchema.parse(row));
  return rows.find(({ id }) => id === idPrefix) ?? (rows.length === 1 ? rows[0] : undefined);
}

export function capturesOfAlert(
  database: DatabaseSync,
  fingerprint: string,
  episode: number,
): readonly CaptureEntry[] {
  return database
    .prepare('SELECT id, at_ms, body FROM captures WHERE fingerprint = ? AND episode = ? ORDER BY at_ms, id')
    .all(fingerprint, episode)
    .map((row) => captureRowSchema.parse(row));
}
