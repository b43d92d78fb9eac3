import type { Fields } from './merge-fields.ts';

/** A moment is held once, by the second or, when older, by the minute. */
export const observationTables = [
  { table: 'observations_1m', resolutionMs: 60_000 },
  { table: 'observations_1s', resolutionMs: 1000 },
] as const;

export interface ObservedRow {
  readonly atMs: number;
  /** Of what the fields cover. */
  readonly resolutionMs: 1000 | 60_000;
  readonly fields: Fields;
}

export function toObservedRow(
  { bucket_ms, fields }: Readonly<Record<string, unknown>>,
  resolutionMs: ObservedRow['resolutionMs'],
): ObservedRow {
  return { atMs: Number(bucket_ms), resolutionMs, fields: JSON.parse(String(fields)) as Fields };
}
