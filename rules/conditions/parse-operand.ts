import { didYouMean } from '../../source-text/suggestion.ts';
import type { FactCatalogue, FactDefinition, FactType, FactUnit } from '../facts.ts';
import { parseDurationMs, parseNumber, parsePercent, parseSizeBytes } from '../../source-text/quantities.ts';
import type { Operand, Scalar } from './condition-node.ts';
import { parseNetwork, type OperatorDefinition } from './operators.ts';
import { patternFault } from './safe-pattern.ts';

export interface Refused {
  readonly refused: string;
  readonly suggestion?: string | undefined;
}
export type Parsed<T> = { readonly value: T } | Refused;

export interface OperandContext {
  readonly fact: FactDefinition;
  readonly operator: OperatorDefinition;
  readonly catalogue: FactCatalogue;
}

/** Reads a right-hand side (a string, number, boolean or list of them) as the fact's type and unit demand. */
export function parseOperand(raw: unknown, context: OperandContext): Parsed<Operand> {
  const { fact, operator } = context;
  if (operator.operand === 'list' || operator.operand === 'pair') return parseList(raw, context);
  if (Array.isArray(raw))
    return { refused: `"${operator.symbol}" takes one value, not a list`, suggestion: 'use "in" for a list' };
  const reference = referenceTo(raw, context);
  if (reference !== undefined) return reference;
  const scalar = parseScalar(raw, fact);
  if ('refused' in scalar) return scalar;
  const fault = specialFault(operator, scalar.value);
  return fault === undefined ? { value: { kind: 'scalar', value: scalar.value } } : { refused: fault };
}

/** `measure > baseline.upper`: a bare fact name where a figure is due. Texts stay texts. */
function referenceTo(
  raw: unknown,
  { fact, operator, catalogue }: OperandContext,
): Parsed<Operand> | undefined {
  if (typeof raw !== 'string' || fact.type.type !== 'number' || operator.operand !== 'scalar')
    return undefined;
  const other = catalogue.get(raw);
  if (other === undefined) return undefined;
  if (other.type.type !== 'number') return { refused: `${fact.name} is a number, ${other.name} is not` };
  return { value: { kind: 'fact', name: other.name } };
}

/** The json-rules-engine form of the same: `value: {fact: baseline.upper}`. */
export function parseFactReference(name: string, context: OperandContext): Parsed<Operand> {
  const other = context.catalogue.get(name);
  if (other === undefined)
    return { refused: `unknown fact "${name}"`, suggestion: didYouMean(name, context.catalogue.keys()) };
  if (context.operator.operand !== 'scalar')
    return { refused: `"${context.operator.symbol}" cannot compare with another fact` };
  const types = [other.type.type, context.fact.type.type];
  if (!types.includes('outside') && other.type.type !== context.fact.type.type)
    return {
      refused: `${context.fact.name} is a ${context.fact.type.type}, ${name} is a ${other.type.type}`,
    };
  return { value: { kind: 'fact', name } };
}

function parseList(raw: unknown, { fact, operator }: OperandContext): Parsed<Operand> {
  if (!Array.isArray(raw))
    return { refused: `"${operator.symbol}" takes a list`, suggestion: `write ${operator.symbol} [a, b]` };
  if (raw.length === 0) return { refused: `"${operator.symbol}" of an empty list is always the same` };
  if (operator.operand === 'pair' && raw.length !== 2)
    return { refused: `"${operator.symbol}" takes two figures: [lower, upper]` };
  const values: Scalar[] = [];
  for (const item of raw) {
    const parsed = parseScalar(item, fact);
    if ('refused' in parsed) return parsed;
    values.push(parsed.value);
  }
  const [lower, upper] = values;
  if (operator.operand === 'pair' && lower !== undefined && upper !== undefined && lower > upper)
    return { refused: 'the lower figure comes first', suggestion: `[${upper}, ${lower}]` };
  return { value: { kind: 'list', values } };
}

function specialFault(operator: OperatorDefinition, value: Scalar): string | undefined {
  if (operator.operand === 'network' && parseNetwork(String(value)) === undefined)
    return `"${value}" is not a network such as 192.0.2.0/24 or 2001:db8::/32`;
  if (operator.operand === 'pattern') return patternFault(String(value));
  return undefined;
}

function parseScalar(raw: unknown, fact: FactDefinition): Parsed<Scalar> {
  const type = fact.type;
  switch (type.type) {
    case 'number':
      return parseFigure(raw, fact.name, type.unit);
    case 'boolean':
      return parseBoolean(raw, fact.name);
    case 'string':
      return parseText(raw, fact.name, type);
    case 'outside':
      return parseOutside(raw, fact.name);
  }
}

/** Nobody has declared its type, so the value says what it is; durations are milliseconds. */
function parseOutside(raw: unknown, name: string): Parsed<Scalar> {
  if (typeof raw === 'boolean' || (typeof raw === 'number' && Number.isFinite(raw))) return { value: raw };
  if (typeof raw !== 'string') return { refused: `${name} cannot be ${show(raw)}` };
  if (raw === 'true' || raw === 'false') return { value: raw === 'true' };
  return {
    value: parseNumber(raw) ?? parsePercent(raw) ?? parseDurationMs(raw) ?? parseSizeBytes(raw) ?? raw,
  };
}

function parseBoolean(raw: unknown, name: string): Parsed<boolean> {
  if (typeof raw === 'boolean') return { value: raw };
  if (raw === 'true' || raw === 'false') return { value: raw === 'true' };
  return { refused: `${name} is true or false, not ${show(raw)}` };
}

function parseText(raw: unknown, name: string, type: Extract<FactType, { type: 'string' }>): Parsed<string> {
  if (typeof raw !== 'string')
    return { refused: `${name} is a text, not ${show(raw)}`, suggestion: 'quote it' };
  if (type.values !== undefined && !type.values.includes(raw))
    return {
      refused: `${name} is never "${raw}"`,
      suggestion: didYouMean(raw, type.values) ?? `one of ${type.values.join(', ')}`,
    };
  return { value: raw };
}

function parseFigure(raw: unknown, name: string, unit: FactUnit): Parsed<number> {
  if (typeof raw === 'number' && Number.isFinite(raw)) return { value: raw };
  if (typeof raw !== 'string') return { refused: `${name} is a number, not ${show(raw)}` };
  const figure = parseNumber(raw) ?? inUnit(raw, unit);
  if (figure !== undefined) return { value: figure };
  const literal = parsePercent(raw) ?? parseDurationMs(raw) ?? parseSizeBytes(raw);
  if (literal !== undefined) return { refused: `${name} is in ${unit}: "${raw}" does not fit` };
  return { refused: `${name} is a number, "${raw}" is neither a number nor the name of a fact` };
}

/** The literal's own unit, converted to the fact's. */
function inUnit(text: string, unit: FactUnit): number | undefined {
  switch (unit) {
    case 'ratio':
      return parsePercent(text);
    case 'percent':
      return scaled(parsePercent(text), 100);
    case 'ms':
      return parseDurationMs(text);
    case 'us':
      return scaled(parseDurationMs(text), 1_000);
    case 'bytes':
      return parseSizeBytes(text);
    default:
      return undefined;
  }
}

function scaled(figure: number | undefined, factor: number): number | undefined {
  return figure === undefined ? undefined : figure * factor;
}

function show(raw: unknown): string {
  if (raw === null || raw === undefined) return 'empty';
  if (typeof raw === 'object') return Array.isArray(raw) ? 'a list' : 'a mapping';
  return JSON.stringify(raw);
}
