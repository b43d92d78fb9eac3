import type { RuleFault } from '../compiled-rule.ts';

/** Way through a YAML document: keys and list indexes. */
export type Path = readonly (string | number)[];

export interface Position {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface Place {
  readonly path: Path;
  /** Point at the key instead of its value. */
  readonly key?: boolean;
  /** Offset in characters inside a string value. */
  readonly offset?: number;
}

/** Tells one fault and goes on; what depends on the faulty value is skipped by the caller. */
export type Report = (place: Place, message: string, suggestion?: string) => void;

/** A broken generator must not fill memory or a terminal. */
const maxFaults = 500;

export interface FaultList {
  add(position: Position, message: string, suggestion?: string): void;
  /** By file and place. */
  sorted(): readonly RuleFault[];
  readonly count: number;
}

export function createFaultList(): FaultList {
  const faults: RuleFault[] = [];
  let count = 0;
  return {
    add(position, message, suggestion) {
      count++;
      if (faults.length < maxFaults) faults.push({ ...position, message, suggestion });
    },
    sorted: () => faults.toSorted(byPlace),
    get count() {
      return count;
    },
  };
}

function byPlace(a: RuleFault, b: RuleFault): number {
  return (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line || a.column - b.column;
}

/** The same report one level deeper. */
export function reportUnder(report: Report, prefix: Path): Report {
  return (place, message, suggestion) =>
    report({ ...place, path: [...prefix, ...place.path] }, message, suggestion);
}

export { formatFault } from '../../source-text/fault.ts';
