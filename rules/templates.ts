import { Liquid, TokenizationError, ParseError, type Template } from 'liquidjs';
import { formatDuration, formatFigure, formatPercent } from '../source-text/figures.ts';
import { didYouMean } from '../source-text/suggestion.ts';
import type { Fact, Facts } from './compiled-rule.ts';
import type { FactCatalogue } from './facts.ts';

/** Renders synchronously; the same facts give the same text (no clock, no randomness, no files). */
export type RenderTemplate = (facts: Facts) => string;

export interface TemplateFault {
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string | undefined;
}

/** Standard filters that are pure; the others (date, sample, …) read clocks or dice, and replay must be exact. */
const pureFilters = [
  'upcase',
  'downcase',
  'capitalize',
  'replace',
  'truncate',
  'round',
  'times',
  'divided_by',
  'strip',
];
const ownFilters = {
  percent: (value: unknown) => (typeof value === 'number' ? formatPercent(value) : shown(value)),
  duration: (value: unknown) => (typeof value === 'number' ? formatDuration(value) : shown(value)),
  duration_us: (value: unknown) => (typeof value === 'number' ? formatFigure(value, 'us') : shown(value)),
  /** `{{ part | mostly: whole, "then", "else" }}`; unknown is "else". */
  mostly: (part: unknown, whole: unknown, then: string, otherwise: string) =>
    typeof part === 'number' && typeof whole === 'number' && part > whole / 2 ? then : otherwise,
} as const;
const filterNames = [...Object.keys(ownFilters), ...pureFilters];
const maxRenderedLength = 4_000;
const unknown = '?';

const liquid = createLiquid();

function createLiquid(): Liquid {
  const engine = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    cache: false,
    // No renderLimit: it is wall time, and a slow moment must not change what a template renders to. There is
    // nothing to run long: no tag is left, so no loop.
    memoryLimit: 1e6,
  });
  for (const name of Object.keys(engine.filters))
    if (!pureFilters.includes(name)) delete engine.filters[name];
  for (const [name, filter] of Object.entries(ownFilters)) engine.registerFilter(name, filter);
  for (const tag of Object.keys(engine.tags)) delete engine.tags[tag];
  return engine;
}

/** Parses and checks a template; every fact it names must be in the catalogue. */
export function compileTemplate(
  text: string,
  catalogue: FactCatalogue,
): RenderTemplate | readonly TemplateFault[] {
  if (!text.includes('{{') && !text.includes('{%')) return () => text;
  const parsed = parse(text);
  if (!Array.isArray(parsed)) return [parsed];
  const names = liquid.globalVariableSegmentsSync(parsed).map((segments) => segments.join('.'));
  const faults = names
    .filter((name) => !catalogue.has(name))
    .map((name) => unknownFact(name, text, catalogue));
  if (faults.length > 0) return faults;
  return (facts) => {
    const rendered: unknown = liquid.renderSync(parsed, scopeOf(names, facts));
    return String(rendered).slice(0, maxRenderedLength);
  };
}

function parse(text: string): Template[] | TemplateFault {
  try {
    return liquid.parse(text);
  } catch (error) {
    if (error instanceof ParseError || error instanceof TokenizationError) return templateFault(error);
    throw error;
  }
}

function templateFault(error: ParseError | TokenizationError): TemplateFault {
  const message = (error.originalError?.message ?? error.message).split(', line:')[0] ?? error.message;
  const filter = /undefined filter: (.+)/.exec(message)?.[1];
  const tag = /tag "(.+)" not found/.exec(message)?.[1];
  const offset = error.token.begin;
  if (filter !== undefined)
    return {
      offset,
      message: `unknown filter "${filter}"`,
      suggestion: didYouMean(filter, filterNames) ?? `one of ${filterNames.join(', ')}`,
    };
  if (tag !== undefined)
    return {
      offset,
      message: `tags such as {% ${tag} %} are not allowed`,
      suggestion: 'only {{ fact | filter }}',
    };
  return { offset, message: `not a template: ${message}`, suggestion: undefined };
}

function unknownFact(name: string, text: string, catalogue: FactCatalogue): TemplateFault {
  return {
    offset: Math.max(0, text.indexOf(name)),
    message: `unknown fact "${name}" in a template`,
    suggestion: didYouMean(name, catalogue.keys()),
  };
}

/** `peer` is a text and holds `peer.kind`: such a fact becomes an object that prints as the text. */
function scopeOf(names: readonly string[], facts: Facts): Record<string, unknown> {
  const scope: Record<string, unknown> = {};
  for (const name of names) {
    const [root = '', leaf] = name.split('.');
    if (leaf === undefined) scope[root] ??= printable(facts(name));
  }
  for (const name of names) {
    const [root = '', leaf] = name.split('.');
    if (leaf === undefined) continue;
    const holder = asHolder(scope[root]);
    holder[leaf] = printable(facts(name));
    scope[root] = holder;
  }
  return scope;
}

function asHolder(current: unknown): Record<string, unknown> {
  if (typeof current === 'object' && current !== null) return current as Record<string, unknown>;
  return { toString: () => String(current) };
}

function printable(fact: Fact): string | number | boolean {
  return fact === undefined || Number.isNaN(fact) ? unknown : fact;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : unknown;
}
