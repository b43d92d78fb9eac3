import type { SignalReport } from './agent-report.ts';
import type { Derivation } from './derivation.ts';

/** What became of the signals, those that are made from others included, and without those that serve them only. */
export function withDerivedReports(
  derivations: readonly Pick<Derivation, 'signal' | 'from' | 'raw'>[],
  reports: readonly SignalReport[],
): readonly SignalReport[] {
  const raw = new Set(derivations.flatMap((derivation) => derivation.raw ?? []));
  const derived = derivations.flatMap((derivation) => derivedReport(derivation, reports));
  return [...reports.filter(({ signal }) => !raw.has(signal)), ...derived];
}

/** A derived signal is observed as well as what it is made from; what is missing of that is its note. */
function derivedReport(
  { signal, from }: Pick<Derivation, 'signal' | 'from'>,
  reports: readonly SignalReport[],
): readonly SignalReport[] {
  const sources = from.flatMap((source) => reports.find((report) => report.signal === source) ?? []);
  const base = sources.find(({ attached }) => attached) ?? sources[0];
  if (base === undefined) return [];
  const lacking = new Map(
    sources.filter(({ attached }) => !attached).map((report) => [report.probe, report]),
  );
  const lacks = [...lacking.values()].map(
    ({ probe, reason = 'not attached' }) => `without ${probe}: ${reason}`,
  );
  return [{ ...base, signal, notes: [...base.notes, ...(base.attached ? lacks : [])] }];
}
