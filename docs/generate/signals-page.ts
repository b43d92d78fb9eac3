import { signalCatalogue } from '../../signals/catalogue.ts';
import { isQuantile, type MeasureDefinition, type SignalDefinition } from '../../signals/define-signal.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { code, table } from './markdown.ts';

const introduction = `A signal is a kind of measurement. Its rows carry **fields**, which merge over windows, sockets and pods
as stated; a rule judges one **measure**. The **prior** is what a measure counts as normal before anything is learned:
so many events seen in so many trials. A ratio without a denominator (0/0) is unknown, never zero.`;

export function signalsPage(): GeneratedFile {
  return referencePage('signals', 'Signals', [
    introduction,
    ...[...signalCatalogue.values()].flatMap(describe),
  ]);
}

function describe(signal: SignalDefinition): readonly string[] {
  const fields = Object.entries(signal.fields);
  const measures = Object.entries(signal.measures);
  return [
    `## ${code(signal.id)}`,
    signal.description,
    '### Fields',
    table(
      ['field', 'unit', 'merges by', 'meaning'],
      fields.map(([name, { unit, merge, description }]) => [code(name), unit, merge, description]),
    ),
    ...sketches(signal),
    '### Measures',
    table(
      ['measure', 'unit', 'is', 'prior', 'meaning'],
      measures.map(([name, measure]) => [
        code(name),
        measure.unit,
        formula(measure),
        prior(signal, name),
        measure.description,
      ]),
    ),
  ];
}

function sketches(signal: SignalDefinition): readonly string[] {
  const entries = Object.entries(signal.sketches ?? {});
  if (entries.length === 0) return [];
  const rows = entries.map(([name, { unit, description }]) => [code(`${name}[…]`), unit, description]);
  return ['### Sketches', table(['sketch', 'unit', 'meaning'], rows)];
}

function formula(measure: MeasureDefinition): string {
  if (isQuantile(measure)) return code(`quantile ${measure.quantile} of ${measure.sketch}`);
  const { numerator, less, denominator, independent } = measure;
  const top = less === undefined ? numerator : `(${numerator} − ${less})`;
  const ratio = code(denominator === undefined ? top : `${top} / ${denominator}`);
  return independent === undefined ? ratio : `${ratio}; independent causes: ${code(independent.join(' + '))}`;
}

function prior(signal: SignalDefinition, measure: string): string {
  const found = signal.priors[measure];
  return found === undefined ? '' : `${found.events} in ${found.trials}`;
}
