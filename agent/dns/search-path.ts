/**
 * Names that a client tries for one lookup: what it was given, with and without the suffixes of its search path
 * (resolv.conf(5), `search` and `ndots`). The path itself is not known here, a container's is within its own file
 * system; it shows in what is asked.
 */

/** At least this many labels: a shared top-level domain makes no suffix. */
const minSuffixLabels = 2;
/** Of one client. */
const maxSuffixes = 16;

export interface SharedBase {
  /** What the client was given. */
  readonly base: string;
  /** With what it was tried, as far as the two names show. */
  readonly suffixes: readonly string[];
}

/**
 * What two names of a client share if one was tried because the other did not exist; undefined: nothing.
 *  - one is the other with a suffix: `db.shop.example` and `db`
 *  - the suffix of one ends with that of the other, as on Kubernetes: `db.a.svc.cluster.local`, `db.svc.cluster.local`
 *  - both end with suffixes that the client was seen to use
 */
export function sharedBase(a: string, b: string, known: ReadonlySet<string>): SharedBase | undefined {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  if (longer.startsWith(`${shorter}.`))
    return { base: shorter, suffixes: [longer.slice(shorter.length + 1)] };
  return nestedSuffixes(longer, shorter) ?? knownSuffixes(longer, shorter, known);
}

function nestedSuffixes(longer: string, shorter: string): SharedBase | undefined {
  const common = commonLeadingLabels(longer, shorter);
  if (common === 0) return undefined;
  const suffix = shorter.slice(common);
  const isNested = longer.endsWith(`.${suffix}`) && labelsOf(suffix) >= minSuffixLabels;
  return isNested
    ? { base: shorter.slice(0, common - 1), suffixes: [suffix, longer.slice(common)] }
    : undefined;
}

function knownSuffixes(a: string, b: string, known: ReadonlySet<string>): SharedBase | undefined {
  for (const suffix of known) {
    const base = withoutSuffix(a, suffix);
    if (base === undefined || !b.startsWith(`${base}.`)) continue;
    const other = b.slice(base.length + 1);
    if (known.has(other)) return { base, suffixes: [] };
  }
  return undefined;
}

/** undefined: `name` does not end with it. */
export function withoutSuffix(name: string, suffix: string): string | undefined {
  return name.endsWith(`.${suffix}`) ? name.slice(0, -suffix.length - 1) : undefined;
}

/** The latest are kept. */
export function learnSuffixes(known: Set<string>, suffixes: readonly string[]): void {
  for (const suffix of suffixes) {
    known.delete(suffix);
    known.add(suffix);
  }
  for (const oldest of known) {
    if (known.size <= maxSuffixes) break;
    known.delete(oldest);
  }
}

/** Length of the whole labels at the beginning that both have, the dot behind them included. */
function commonLeadingLabels(a: string, b: string): number {
  let end = 0;
  for (let at = 0; at < b.length && a[at] === b[at]; at++) if (a[at] === '.') end = at + 1;
  return end;
}

function labelsOf(name: string): number {
  return name.split('.').length;
}
