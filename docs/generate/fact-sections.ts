import { type FactDefinition, identityFactCatalogue, judgedFactCatalogue } from '../../rules/facts.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import type { SignalDefinition } from '../../signals/define-signal.ts';
import { code, codeList, table } from './markdown.ts';

/** What conditions and templates may name, by where it is known. */
export function factSections(): readonly string[] {
  const signals = [...signalCatalogue.values()];
  return [
    '## Facts of every row',
    'Known everywhere; only these may stand in `by` and in the `fields` of exceptions.',
    factTable([...identityFactCatalogue.values()]),
    ...signals.flatMap((signal) => [
      `## Facts of ${code(signal.id)}`,
      'Its fields: in `where` those of the row; in `when`, `levels`, `clear` and templates those of the window judged.',
      factTable(judgedFacts(signal).filter(({ name }) => name in signal.fields)),
    ]),
    '## Facts of the moment of judging',
    'For `when`, `levels`, `clear` and templates; those of the baseline only where the rule has one.',
    factTable(signals.slice(0, 1).flatMap(ofTheMoment)),
  ];
}

/** The same for every signal but for the unit of its measure. */
function ofTheMoment(signal: SignalDefinition): readonly FactDefinition[] {
  return judgedFacts(signal).filter(
    ({ name }) => !(name in signal.fields) && !identityFactCatalogue.has(name),
  );
}

function judgedFacts(signal: SignalDefinition): readonly FactDefinition[] {
  const [measure] = Object.values(signal.measures);
  if (measure === undefined) return [];
  return [
    ...judgedFactCatalogue({
      signal,
      measureUnit: measure.unit,
      hasBaseline: true,
      hasMembers: true,
    }).values(),
  ];
}

const inTheUnitOfTheMeasure = /^(?:measure|value|baseline\.(?:expected|lower|upper))$/u;

function factTable(definitions: readonly FactDefinition[]): string {
  return table(
    ['fact', 'type', 'meaning'],
    definitions.map((fact) => [code(fact.name), typeText(fact), fact.description]),
  );
}

function typeText({ name, type }: FactDefinition): string {
  switch (type.type) {
    case 'number':
      return `number (${inTheUnitOfTheMeasure.test(name) ? 'unit of the measure' : type.unit})`;
    case 'string':
      return type.values === undefined ? 'text' : `one of ${codeList(type.values)}`;
    case 'boolean':
      return 'yes or no';
    case 'outside':
      return 'as its provider tells it';
    default:
      return type satisfies never;
  }
}
