import { z } from 'zod';
import { captureRequestSchema, captureSchema } from '../stream/events/capture.js';
import { createFilter } from './filter.js';
const bodySchema = z.object({ request: captureRequestSchema.optional(), capture: captureSchema.optional() });
const rowSchema = z.object({ id: z.string(), at_ms: z.number(), body: z.string() }).transform((row) => {
  const { request, capture } = bodySchema.parse(JSON.parse(row.body));
  const phase = capture?.phase ?? 'requested';
  return { id: row.id, atMs: row.at_ms, phase, request: request ?? null, capture: capture ?? null };
});
/** Latest first. */
export function listCaptures(database, filter = {}) {
  const where = createFilter();
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  where.addIf('fingerprint = ?', filter.fingerprint);
  where.addIf('phase = ?', filter.phase);
  return database
    .prepare(`SELECT id, at_ms, body FROM captures ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`)
    .all(...where.values(), Math.min(filter.limit ?? 100, 1000))
    .map((row) => rowSchema.parse(row));
}
/** By its whole id, or a prefix that only one has. */
export function getCapture(database, idPrefix) {
  if (idPrefix === '') return undefined;
  const rows = database
    .prepare('SELECT id, at_ms, body FROM captures WHERE id >= ? AND id < ? ORDER BY id LIMIT 2')
    .all(idPrefix, `${idPrefix}\u{10ffff}`)
    .map((row) => rowSchema.parse(row));
  return rows.find(({ id }) => id === idPrefix) ?? (rows.length === 1 ? rows[0] : undefined);
}
export function capturesOfAlert(database, fingerprint, episode) {
  return database
    .prepare('SELECT id, at_ms, body FROM captures WHERE fingerprint = ? AND episode = ? ORDER BY at_ms, id')
    .all(fingerprint, episode)
    .map((row) => rowSchema.parse(row));
}
