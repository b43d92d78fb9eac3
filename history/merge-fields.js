import { signalCatalogue } from '../signals/catalogue.js';
/** Merges the fields of two rows of one series as the signal's catalogue entry says; a field unknown to it adds up. */
export function mergeFields(signal, a, b) {
  const known = signalCatalogue.get(signal)?.fields;
  const merged = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const before = merged[name];
    merged[name] = before === undefined ? value : mergeValues(known?.[name]?.merge ?? 'sum', before, value);
  }
  return merged;
}
function mergeValues(merge, a, b) {
  switch (merge) {
    case 'sum':
      return a + b;
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
  }
}
