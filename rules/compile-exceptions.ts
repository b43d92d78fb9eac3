import { didYouMean } from './suggestion.ts';
import type { Facts } from './compiled-rule.ts';
import { identityFactCatalogue } from './facts.ts';
import type { Report } from './parse/faults.ts';
import type { ExceptionInput } from './schema.ts';

interface Exempt {
  readonly fields: readonly string[];
  readonly match: readonly string[];
  /** Event time; Infinity: for ever. */
  readonly untilMs: number;
}

const dayMs = 86_400_000;

/** The test whether a row is excepted; reports unknown fields and values that do not fit them. */
export function compileExceptions(
  exceptions: readonly ExceptionInput[],
  report: Report,
): (facts: Facts, nowMs: number) => boolean {
  const names = new Set<string>();
  const exempt = exceptions.flatMap((exception, index) => {
    if (names.has(exception.name))
      report({ path: ['exceptions', index, 'name'] }, `there are two exceptions "${exception.name}"`);
    names.add(exception.name);
    checkFields(exception, index, report);
    return toExempt(exception, index, report);
  });
  if (exempt.length === 0) return () => false;
  return (facts, nowMs) => exempt.some((entry) => nowMs < entry.untilMs && covers(entry, facts));
}

function checkFields(exception: ExceptionInput, index: number, report: Report): void {
  for (const [place, field] of exception.fields.entries())
    if (!identityFactCatalogue.has(field))
      report(
        { path: ['exceptions', index, 'fields', place] },
        `"${field}" names nothing that an exception could match`,
        didYouMean(field, identityFactCatalogue.keys()),
      );
}

function toExempt(exception: ExceptionInput, index: number, report: Report): Exempt[] {
  return exception.values.flatMap((value, place) => {
    if (value.match.length !== exception.fields.length) {
      const message = `"match" needs one value for each of ${exception.fields.join(', ')}`;
      report({ path: ['exceptions', index, 'values', place, 'match'] }, message);
      return [];
    }
    return [{ fields: exception.fields, match: value.match, untilMs: untilMs(value.until) }];
  });
}

function untilMs(until: string | undefined): number {
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
