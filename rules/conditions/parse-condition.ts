import { didYouMean } from '../../source-text/suggestion.ts';
import type { FactCatalogue, FactDefinition } from '../facts.ts';
import { reportUnder, type Path, type Report } from '../parse/faults.ts';
import type { Comparison, ConditionNode, Operand } from './condition-node.ts';
import {
  isOperatorName,
  operatorNames,
  operators,
  type OperatorDefinition,
  type OperatorName,
} from './operators.ts';
import { splitComparison } from './parse-comparison.ts';
import { parseFactReference, parseOperand, type OperandContext, type Parsed } from './parse-operand.ts';

export interface ConditionScope {
  readonly catalogue: FactCatalogue;
  /** Facts of other scopes, with the reason why they are not known here. */
  readonly elsewhere?: ReadonlyMap<string, string>;
}

const maxDepth = 32;
const groupKeys = ['all', 'any', 'not'] as const;
const leafKeys = ['fact', 'operator', 'value'] as const;

/**
 * Reads and checks a condition in either form; reports every fault in it. undefined: at least one fault.
 * Empty groups are refused, because json-rules-engine lets both `any: []` and `all: []` fire.
 */
export function parseCondition(
  raw: unknown,
  scope: ConditionScope,
  report: Report,
  depth = 0,
): ConditionNode | undefined {
  if (depth > maxDepth) return refuse(report, `conditions are nested more than ${maxDepth} deep`);
  if (typeof raw === 'string') return parseText(raw, scope, report);
  if (Array.isArray(raw)) return parseGroup('all', raw, scope, report, [], depth);
  if (typeof raw !== 'object' || raw === null)
    return refuse(report, 'a condition is a text, a list, or a mapping with all, any, not or fact');
  return parseMapping(raw as Readonly<Record<string, unknown>>, scope, report, depth);
}

function refuse(report: Report, message: string, suggestion?: string, path: Path = []): undefined {
  report({ path }, message, suggestion);
}

function parseMapping(
  raw: Readonly<Record<string, unknown>>,
  scope: ConditionScope,
  report: Report,
  depth: number,
): ConditionNode | undefined {
  const group = groupKeys.find((key) => key in raw);
  const known: readonly string[] = group === undefined ? leafKeys : [group];
  const strays = Object.keys(raw).filter((key) => !known.includes(key));
  for (const key of strays) report({ path: [key], key: true }, ...strayMessage(key, group));
  if (group === undefined) {
    const leaf = parseLeaf(raw, scope, report);
    return strays.length > 0 ? undefined : leaf;
  }
  const node =
    group === 'not'
      ? negate(parseCondition(raw['not'], scope, reportUnder(report, ['not']), depth + 1))
      : parseGroup(group, raw[group], scope, report, [group], depth);
  return strays.length > 0 ? undefined : node;
}

function strayMessage(
  key: string,
  group: string | undefined,
): [message: string, suggestion: string | undefined] {
  if (group !== undefined && [...groupKeys, ...leafKeys].some((known) => known === key))
    return [`"${key}" cannot stand beside "${group}"`, `put it into a mapping of its own`];
  if (['path', 'params', 'priority', 'name', 'id', 'condition'].includes(key))
    return [`"${key}" of json-rules-engine is not supported here`, 'facts have no paths or parameters'];
  return [`unknown key "${key}" in a condition`, didYouMean(key, [...groupKeys, ...leafKeys])];
}

function negate(node: ConditionNode | undefined): ConditionNode | undefined {
  return node === undefined ? undefined : { kind: 'not', of: node };
}

function parseGroup(
  kind: 'all' | 'any',
  members: unknown,
  scope: ConditionScope,
  report: Report,
  path: Path,
  depth: number,
): ConditionNode | undefined {
  if (!Array.isArray(members)) return refuse(report, `"${kind}" takes a list of conditions`, undefined, path);
  if (members.length === 0)
    return refuse(
      report,
      `an empty list of conditions would always hold`,
      'name at least one condition',
      path,
    );
  const nodes = members.map((member, index) =>
    parseCondition(member, scope, reportUnder(report, [...path, index]), depth + 1),
  );
  const known = nodes.filter((node) => node !== undefined);
  return known.length < nodes.length ? undefined : { kind, of: known };
}

function parseText(raw: string, scope: ConditionScope, report: Report): Comparison | undefined {
  const split = splitComparison(raw);
  if (!('fact' in split)) {
    report({ path: [], offset: split.offset }, split.message, split.suggestion);
    return undefined;
  }
  const fact = findFact(split.fact, scope, (message, suggestion) =>
    report({ path: [], offset: raw.indexOf(split.fact) }, message, suggestion),
  );
  if (fact === undefined) return undefined;
  const operator: OperatorDefinition = operators[split.operator];
  if (!takesType(operator, fact.type.type)) {
    report({ path: [], offset: split.operatorOffset }, ...typeMismatch(fact, operator));
    return undefined;
  }
  const operand = parseOperand(split.operand, { fact, operator, catalogue: scope.catalogue });
  if ('refused' in operand) {
    report({ path: [], offset: split.operandOffset }, operand.refused, operand.suggestion);
    return undefined;
  }
  return {
    kind: 'compare',
    fact: fact.name,
    operator: split.operator,
    operand: operand.value,
    text: raw.trim(),
  };
}

function parseLeaf(
  raw: Readonly<Record<string, unknown>>,
  scope: ConditionScope,
  report: Report,
): Comparison | undefined {
  const missing = leafKeys.filter((key) => !(key in raw));
  if (missing.length > 0)
    return refuse(
      report,
      `a condition needs ${missing.join(' and ')}`,
      'e.g. {fact: measure, operator: greaterThan, value: 3}',
    );
  const fact = findFact(String(raw['fact']), scope, (message, suggestion) =>
    report({ path: ['fact'] }, message, suggestion),
  );
  const name = findOperator(raw['operator'], report);
  if (fact === undefined || name === undefined) return undefined;
  const operator: OperatorDefinition = operators[name];
  if (!takesType(operator, fact.type.type)) {
    report({ path: ['operator'] }, ...typeMismatch(fact, operator));
    return undefined;
  }
  const operand = leafOperand(raw['value'], { fact, operator, catalogue: scope.catalogue });
  if ('refused' in operand) return refuse(report, operand.refused, operand.suggestion, ['value']);
  return {
    kind: 'compare',
    fact: fact.name,
    operator: name,
    operand: operand.value,
    text: leafText(fact, name, raw['value']),
  };
}

function leafOperand(value: unknown, context: OperandContext): Parsed<Operand> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value);
    if (keys.length !== 1 || keys[0] !== 'fact')
      return { refused: 'a value is a text, a number, a list or {fact: NAME}' };
    return parseFactReference(String((value as { fact: unknown }).fact), context);
  }
  return parseOperand(value, context);
}

function leafText(fact: FactDefinition, operator: OperatorName, value: unknown): string {
  const shown =
    typeof value === 'object' && value !== null && 'fact' in value
      ? String(value.fact)
      : Array.isArray(value)
        ? `[${value.join(', ')}]`
        : String(value);
  return `${fact.name} ${operators[operator].symbol} ${shown}`;
}

function findOperator(raw: unknown, report: Report): OperatorName | undefined {
  const name = String(raw);
  const bySymbol = operatorNames.find((candidate) => operators[candidate].symbol === name);
  if (bySymbol !== undefined) return bySymbol;
  if (isOperatorName(name)) return name;
  if (name === 'contains' || name === 'doesNotContain')
    return refuse(report, `"${name}" is for lists, and no fact is a list`, 'use in or notIn', ['operator']);
  const known = operatorNames.flatMap((candidate) => [candidate, operators[candidate].symbol]);
  return refuse(
    report,
    `unknown operator "${name}"`,
    didYouMean(name, known) ?? `one of ${operatorNames.join(', ')}`,
    ['operator'],
  );
}

function findFact(
  name: string,
  scope: ConditionScope,
  tell: (message: string, suggestion?: string) => void,
): FactDefinition | undefined {
  const fact = scope.catalogue.get(name);
  if (fact !== undefined) return fact;
  const elsewhere = scope.elsewhere?.get(name);
  if (elsewhere === undefined) tell(`unknown fact "${name}"`, didYouMean(name, scope.catalogue.keys()));
  else tell(`"${name}" is not known here: ${elsewhere}`);
  return undefined;
}

function typeMismatch(
  fact: FactDefinition,
  operator: OperatorDefinition,
): [message: string, suggestion: string] {
  const fitting = operatorNames.filter((name) => operatorTakes(name, fact.type.type));
  const article =
    fact.type.type === 'boolean' ? 'true or false' : fact.type.type === 'string' ? 'a text' : 'a number';
  return [
    `"${operator.symbol}" does not fit ${fact.name}, which is ${article}`,
    `use ${fitting.map((name) => operators[name].symbol).join(', ')}`,
  ];
}

function operatorTakes(name: OperatorName, type: FactDefinition['type']['type']): boolean {
  return takesType(operators[name], type);
}

function takesType({ types }: OperatorDefinition, type: FactDefinition['type']['type']): boolean {
  return type === 'outside' || types.includes(type);
}
