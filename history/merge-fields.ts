import { signalCatalogue } from '../signals/catalogue.ts';
import { mergeValues } from '../signals/merge-values.ts';

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
