import { didYouMean } from '../source-text/suggestion.ts';
import type { Facts } from './compiled-rule.ts';
import { identityFactCatalogue } from './facts.ts';
import { isMapping } from './parse/check-shape.ts';
import { reportUnder, type Report } from './parse/faults.ts';
import type { ExceptionInput } from './schema.ts';

interface Exempt {
  readonly fields: readonly string[];
  readonly match: readonly string[];
  /** Event time in milliseconds; Infinity: for ever. */
  readonly untilMs: number;
}

const dayMs = 86_400_000;

/**
 * Tells what the shape cannot: fields that name nothing, values that do not fit the fields, doubled names. It looks
 * at the exceptions as written, because one malformed value must not hide faults in the others.
 */
export function checkExceptions(written: unknown, report: Report): void {
  if (!Array.isArray(written)) return;
  const names = new Set<unknown>();
  for (const [index, exception] of written.entries()) {
    if (!isMapping(exception)) continue;
    const under = reportUnder(report, ['exceptions', index]);
    if (names.has(exception['name'])) under({ path: ['name'] }, 'there is another exception of this name');
    names.add(exception['name']);
    checkFields(exception['fields'], under);
    checkValues(exception['values'], exception['fields'], under);
  }
}

function checkFields(fields: unknown, report: Report): void {
  if (!Array.isArray(fields)) return;
  for (const [index, field] of fields.entries())
    if (typeof field === 'string' && !identityFactCatalogue.has(field))
      report(
        { path: ['fields', index] },
        `"${field}" names nothing that an exception could match`,
        didYouMean(field, identityFactCatalogue.keys()) ??
          `one of ${[...identityFactCatalogue.keys()].join(', ')}`,
      );
}

function checkValues(values: unknown, fields: unknown, report: Report): void {
  if (!Array.isArray(values) || !Array.isArray(fields)) return;
  for (const [index, value] of values.entries()) {
    const match: unknown = isMapping(value) ? value['match'] : undefined;
    if (Array.isArray(match) && match.length !== fields.length)
      report(
        { path: ['values', index, 'match'] },
        `"match" needs one value for each of ${fields.join(', ')}`,
      );
  }
}

/** The test whether a row is excepted. */
export function compileExceptions(
  exceptions: readonly ExceptionInput[],
): (facts: Facts, nowMs: number) => boolean {
  const exempt: Exempt[] = exceptions.flatMap(({ fields, values }) =>
    values.map(({ match, until }) => ({ fields, match, untilMs: toUntilMs(until) })),
  );
  if (exempt.length === 0) return () => false;
  return (facts, nowMs) => exempt.some((entry) => nowMs < entry.untilMs && covers(entry, facts));
}

/** A date ends with its day. */
function toUntilMs(until: string | undefined): number {
  if (until === undefined) return Infinity;
  const start = Date.parse(until);
  return until.includes('T') ? start : start + dayMs;
}

function covers({ fields, match }: Exempt, facts: Facts): boolean {
  return fields.every((field, index) => {
    const wanted = match[index];
    if (wanted === '*') return true;
    const fact = facts(field);
    return fact !== undefined && String(fact) === wanted;
  });
}
