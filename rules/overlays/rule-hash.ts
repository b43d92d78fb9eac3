import { createHash } from 'node:crypto';
import { isMapping } from '../parse/check-shape.ts';

/** First 12 hex digits of SHA-256 over the rule's canonical JSON: comments and the order of keys do not count. */
export function ruleHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12);
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isMapping(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
