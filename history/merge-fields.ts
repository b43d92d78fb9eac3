import { signalCatalogue } from '../signals/catalogue.ts';
import type { Merge } from '../signals/define-signal.ts';

export type Fields = Readonly<Record<string, number>>;

/** Merges the fields of two rows of one series as the signal's catalogue entry says; a field unknown to it adds up. */
export function mergeFields(signal: string, a: Fields, b: Fields): Fields {
  const known = signalCatalogue.get(signal)?.fields;
  const merged: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const before = merged[name];
    merged[name] = before === undefined ? value : mergeValues(known?.[name]?.merge ?? 'sum', before, value);
  }
  return merged;
}

function mergeValues(merge: Merge, a: number, b: number): number {
  switch (merge) {
    case 'sum':
      return a + b;
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
  }
}
