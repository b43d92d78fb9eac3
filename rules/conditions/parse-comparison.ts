import { operators, operatorNames, type OperatorName } from './operators.ts';
import { didYouMean } from '../../source-text/suggestion.ts';

/** A string condition cut into its three parts, with the place of each. */
export interface RawComparison {
  readonly fact: string;
  readonly operator: OperatorName;
  readonly operatorOffset: number;
  readonly operand: unknown;
  readonly operandOffset: number;
}

export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string | undefined;
}

const factPattern = /^\s*([A-Za-z_][\w.]*)/;
const form = 'write FACT OPERATOR VALUE, e.g. "measure >= 5%"';

/** What other languages write. */
const slips: Readonly<Record<string, string>> = {
  '=': 'use ==',
  '===': 'use ==',
  '!==': 'use !=',
  '<>': 'use !=',
  '=>': 'use >=',
  '=<': 'use <=',
  '=~': 'use matches',
};

/** Longest first, so that `<=` is not read as `<`, nor `in network` as `in`. */
const bySymbol = operatorNames
  .map((name) => ({ name, symbol: operators[name].symbol }))
  .toSorted((a, b) => b.symbol.length - a.symbol.length);

/** `FACT OPERATOR VALUE`; the JSON name of an operator works too (`measure greaterThan 3`). */
export function splitComparison(text: string): RawComparison | SyntaxFault {
  const fact = factPattern.exec(text)?.[1];
  if (fact === undefined)
    return { offset: 0, message: 'a condition begins with the name of a fact', suggestion: form };
  const operatorOffset = skipSpace(text, text.indexOf(fact) + fact.length);
  const rest = text.slice(operatorOffset);
  const found = operatorAt(rest);
  if (found === undefined) return operatorFault(rest, operatorOffset);
  const operandOffset = skipSpace(text, operatorOffset + found.length);
  const literal = text.slice(operandOffset).trim();
  if (literal === '') return { offset: operandOffset, message: 'the value is missing', suggestion: form };
  const operand = parseLiteral(literal, found.name);
  if (operand === undefined)
    return {
      offset: operandOffset,
      message: `cannot read the value ${literal}`,
      suggestion: combineHint(literal),
    };
  return { fact, operator: found.name, operatorOffset, operand: operand.value, operandOffset };
}

function operatorAt(rest: string): { name: OperatorName; length: number } | undefined {
  for (const { name, symbol } of bySymbol)
    for (const spelling of [symbol, name]) {
      const pattern = spelling.replaceAll(' ', '\\s+');
      const match = new RegExp(`^${pattern}${/\w$/.test(spelling) ? '(?![\\w.])' : '(?![=<>!~])'}`).exec(
        rest,
      );
      if (match !== null) return { name, length: match[0].length };
    }
  return undefined;
}

function operatorFault(rest: string, offset: number): SyntaxFault {
  const word = /^([^\s\w"'[]+|\w+)/.exec(rest)?.[0] ?? '';
  if (word === '') return { offset, message: 'the operator is missing', suggestion: form };
  const known = operatorNames.flatMap((name) => [operators[name].symbol, name]);
  const suggestion = slips[word] ?? didYouMean(word, known);
  return {
    offset,
    message: `unknown operator "${word}"`,
    suggestion: suggestion ?? `one of ${operatorNames.map((name) => operators[name].symbol).join(', ')}`,
  };
}

function skipSpace(text: string, from: number): number {
  let index = from;
  while (/\s/.test(text[index] ?? '')) index++;
  return index;
}

/** Values are bare words, quoted texts, or flat lists of them; a pattern is everything up to the end. */
function parseLiteral(literal: string, operator: OperatorName): { value: unknown } | undefined {
  if (literal.startsWith('[')) {
    if (operators[operator].operand === 'pattern') return { value: literal };
    if (!literal.endsWith(']')) return undefined;
    return parseItems(literal.slice(1, -1));
  }
  const quoted = /^(?:"([^"]*)"|'([^']*)')$/.exec(literal);
  if (quoted !== null) return { value: quoted[1] ?? quoted[2] ?? '' };
  if (operators[operator].operand === 'pattern') return { value: literal };
  return /^[^\s"'[\],]+$/.test(literal) ? { value: literal } : undefined;
}

function parseItems(inner: string): { value: unknown[] } | undefined {
  if (inner.trim() === '') return { value: [] };
  const items = inner.match(/"[^"]*"|'[^']*'|[^,\s][^,]*/g) ?? [];
  const values = items.map((item) => item.trim()).filter((item) => item !== '');
  const bare = values.map((item) => /^(?:"([^"]*)"|'([^']*)'|([^\s"'[\]]+))$/.exec(item));
  if (bare.some((match) => match === null)) return undefined;
  return { value: bare.map((match) => match?.[1] ?? match?.[2] ?? match?.[3] ?? '') };
}

function combineHint(literal: string): string {
  return /\b(and|or)\b|&&|\|\|/.test(literal)
    ? 'one comparison a string: combine them with all: or any:'
    : 'put texts with spaces in quotes';
}
