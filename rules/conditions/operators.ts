import ipaddr from 'ipaddr.js';
import type { FactType } from '../facts.ts';
import type { Scalar } from './condition-node.ts';
import { compilePattern } from './safe-pattern.ts';

/** How the right-hand side must look. `pair`: [lower, upper], both included. */
export type OperandShape = 'scalar' | 'list' | 'pair' | 'network' | 'pattern';

export interface OperatorDefinition {
  /** In string conditions. */
  readonly symbol: string;
  readonly types: readonly FactType['type'][];
  readonly operand: OperandShape;
  readonly description: string;
  /**
   * Prepares the test for a fixed right-hand side; called once at compile time. The right-hand side has been
   * checked. Never called with NaN or undefined: unknown is decided outside.
   */
  prepare(operand: Scalar | readonly Scalar[]): (fact: Scalar) => boolean;
}

const any = ['string', 'number', 'boolean'] as const;

function scalar(
  symbol: string,
  types: readonly FactType['type'][],
  description: string,
  test: (fact: Scalar, operand: Scalar) => boolean,
): OperatorDefinition {
  return {
    symbol,
    types,
    operand: 'scalar',
    description,
    prepare: (operand) => (fact) => test(fact, operand as Scalar),
  };
}

/**
 * The first eight are json-rules-engine's own, with the same names and, on defined facts of the right type, the
 * same meaning. The other four are ours; `registerOperators` teaches them to the library.
 */
export const operators = {
  equal: scalar('==', any, 'is the same', (a, b) => a === b),
  notEqual: scalar('!=', any, 'is not the same', (a, b) => a !== b),
  lessThan: scalar('<', ['number'], 'is smaller', (a, b) => a < b),
  lessThanInclusive: scalar('<=', ['number'], 'is smaller or the same', (a, b) => a <= b),
  greaterThan: scalar('>', ['number'], 'is larger', (a, b) => a > b),
  greaterThanInclusive: scalar('>=', ['number'], 'is larger or the same', (a, b) => a >= b),
  in: {
    symbol: 'in',
    types: ['string', 'number'],
    operand: 'list',
    description: 'is one of a list',
    prepare: (operand) => {
      const values = new Set(operand as readonly Scalar[]);
      return (fact) => values.has(fact);
    },
  },
  notIn: {
    symbol: 'not in',
    types: ['string', 'number'],
    operand: 'list',
    description: 'is none of a list',
    prepare: (operand) => {
      const values = new Set(operand as readonly Scalar[]);
      return (fact) => !values.has(fact);
    },
  },
  startsWith: {
    symbol: 'starts with',
    types: ['string'],
    operand: 'scalar',
    description: 'begins with a text',
    prepare: (operand) => (fact) => String(fact).startsWith(String(operand)),
  },
  between: {
    symbol: 'between',
    types: ['number'],
    operand: 'pair',
    description: 'lies between two figures, both included',
    prepare: (operand) => {
      const [lower, upper] = operand as readonly [number, number];
      return (fact) => (fact as number) >= lower && (fact as number) <= upper;
    },
  },
  inNetwork: {
    symbol: 'in network',
    types: ['string'],
    operand: 'network',
    description: 'is an address in a network (CIDR)',
    prepare: (operand) => networkTest(String(operand)),
  },
  matches: {
    symbol: 'matches',
    types: ['string'],
    operand: 'pattern',
    description: 'matches a regular expression as a whole',
    prepare: (operand) => compilePattern(String(operand)),
  },
} as const satisfies Readonly<Record<string, OperatorDefinition>>;

export type OperatorName = keyof typeof operators;

export const operatorNames = Object.keys(operators) as readonly OperatorName[];

export function isOperatorName(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

/** Operators of our own, which json-rules-engine has to be taught. */
export const ownOperatorNames = [
  'startsWith',
  'between',
  'inNetwork',
  'matches',
] as const satisfies OperatorName[];

/** `undefined`: not a network. */
export function parseNetwork(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined;
}

function networkTest(cidr: string): (fact: Scalar) => boolean {
  const network = parseNetwork(cidr);
  if (network === undefined) throw new RangeError(`not a network: ${cidr}`);
  const [base, bits] = network;
  return (fact) => {
    const text = String(fact);
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return address.kind() === base.kind() && address.match(base, bits);
  };
}
