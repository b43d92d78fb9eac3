import fc from 'fast-check';
import { Engine, Rule } from 'json-rules-engine';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../compiled-rule.ts';
import type { FactCatalogue, FactDefinition, FactType } from '../facts.ts';
import { compileCondition } from './compile-condition.ts';
import type { ConditionNode, Scalar } from './condition-node.ts';
import { operators, operatorNames, type OperatorDefinition, type OperatorName } from './operators.ts';
import { parseCondition } from './parse-condition.ts';
import { registerOperators, toJsonRulesEngine } from './to-json-rules-engine.ts';

/**
 * json-rules-engine is the reference. The two agree wherever every fact is defined and of its declared type; the
 * last test pins where they differ on purpose (unknown facts).
 */

const types = {
  workload: { type: 'string' },
  'peer.ip': { type: 'string' },
  measure: { type: 'number', unit: 'ratio' },
  retransmits: { type: 'number', unit: 'segments' },
  age_ms: { type: 'number', unit: 'ms' },
  'baseline.learned': { type: 'boolean' },
} as const satisfies Readonly<Record<string, FactType>>;
type Name = keyof typeof types;
const names = Object.keys(types) as Name[];
const catalogue: FactCatalogue = new Map<string, FactDefinition>(
  names.map((name) => [name, { name, type: types[name], identity: false, description: '' }]),
);

const words = [
  'checkout',
  'payments',
  'check',
  '192.0.2.7',
  '198.51.100.9',
  '2001:db8::7',
  '::ffff:192.0.2.7',
  '',
];
const figures = [-1, 0, 0.005, 0.05, 0.5, 1, 3, 200, 20_000];
const text = fc.constantFrom(...words);
const figure = fc.constantFrom(...figures);

function valueOf(name: Name): fc.Arbitrary<Scalar> {
  switch (types[name].type) {
    case 'string':
      return text;
    case 'number':
      return figure;
    case 'boolean':
      return fc.boolean();
  }
}

/** Any right-hand side that fits the operator and the fact. */
function operandOf(name: Name, operator: OperatorName): fc.Arbitrary<unknown> {
  switch (operators[operator].operand) {
    case 'list':
      return fc.array(valueOf(name), { minLength: 1, maxLength: 4 });
    case 'pair':
      return fc.tuple(figure, figure).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
    case 'network':
      return fc.constantFrom('192.0.2.0/24', '2001:db8::/32', '0.0.0.0/0', '198.51.100.9/32');
    case 'pattern':
      return fc.constantFrom('check.*', 'pay', '[a-z]+', '\\d+\\..*', '');
    case 'scalar':
      return types[name].type === 'number'
        ? fc.oneof(
            figure,
            fc.constantFrom('measure', 'retransmits').map((fact) => ({ fact })),
          )
        : valueOf(name);
  }
}

const leaf = fc.constantFrom(...names).chain((fact) => {
  const fitting = operatorNames.filter((operator) => {
    const definition: OperatorDefinition = operators[operator];
    return definition.types.includes(types[fact].type);
  });
  return fc
    .constantFrom(...fitting)
    .chain((operator) => operandOf(fact, operator).map((value) => ({ fact, operator, value })));
});

const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    tie('condition').map((not) => ({ not })),
  ),
}));
const facts = fc.record(Object.fromEntries(names.map((name) => [name, valueOf(name)])));

function parse(raw: unknown): ConditionNode {
  const faults: string[] = [];
  const node = parseCondition(raw, { catalogue }, (_place, message) => faults.push(message));
  if (node === undefined) throw new Error(faults.join('; '));
  return node;
}

async function reference(node: ConditionNode, values: Readonly<Record<string, unknown>>): Promise<boolean> {
  const engine = new Engine([], { allowUndefinedFacts: true });
  registerOperators(engine);
  engine.addRule(new Rule({ conditions: toJsonRulesEngine(node), event: { type: 'fired' } }));
  const { events } = await engine.run({ ...values });
  return events.length > 0;
}

function compiled(node: ConditionNode, values: Readonly<Record<string, Fact>>) {
  return compileCondition(node).evaluate((name) => values[name]);
}

describe('compiled conditions and json-rules-engine', () => {
  it('agree on every typed condition while all facts are known', async () => {
    await fc.assert(
      fc.asyncProperty(condition, facts, async (raw, values) => {
        const node = parse(raw);
        expect(compiled(node, values)).toBe(await reference(node, values));
      }),
      { numRuns: 1_000, seed: 20_261_121 },
    );
  });

  it('agree after the plain form is read back', () => {
    fc.assert(
      fc.property(condition, facts, (raw, values) => {
        const node = parse(raw);
        expect(compiled(parse(toJsonRulesEngine(node)), values)).toBe(compiled(node, values));
      }),
      { numRuns: 500, seed: 20_261_121 },
    );
  });

  it('differ by contract where a fact is unknown: the library may fire, we never do', async () => {
    const node = parse({ fact: 'workload', operator: 'notEqual', value: 'checkout' });
    expect(await reference(node, {})).toBe(true);
    expect(compiled(node, {})).toBeUndefined();
    const negated = parse({ not: { fact: 'measure', operator: 'greaterThan', value: 1 } });
    expect(await reference(negated, {})).toBe(true);
    expect(compiled(negated, {})).toBeUndefined();
    expect(compiled(negated, { measure: NaN })).toBeUndefined();
  });
});

describe('unknown facts', () => {
  it('never turn a decided truth around: what holds with some facts unknown holds with all known', () => {
    fc.assert(
      fc.property(condition, facts, fc.subarray(names), (raw, values, hidden) => {
        const node = parse(raw);
        const partial = Object.fromEntries(
          Object.entries(values).filter(([name]) => !hidden.includes(name as Name)),
        );
        const truth = compiled(node, partial);
        if (truth !== undefined) expect(compiled(node, values)).toBe(truth);
      }),
      { numRuns: 1_000, seed: 20_261_121 },
    );
  });
});

describe('string conditions', () => {
  const holds = (condition: string, values: Readonly<Record<string, Fact>>) =>
    compiled(parse(condition), values);

  it.each<[string, Readonly<Record<string, Fact>>, boolean]>([
    ['measure >= 5%', { measure: 0.05 }, true],
    ['measure>=5%', { measure: 0.049 }, false],
    ['measure > retransmits', { measure: 2, retransmits: 1 }, true],
    ['age_ms >= 20s', { age_ms: 20_000 }, true],
    ['retransmits == 1e3', { retransmits: 1_000 }, true],
    ['workload in [netns/checkout, "a, b"]', { workload: 'a, b' }, true],
    ['workload not in [a, b]', { workload: 'b' }, false],
    ['workload == "two words"', { workload: 'two words' }, true],
    ['workload starts with netns/', { workload: 'netns/checkout' }, true],
    ['workload matches netns/(a|b)', { workload: 'netns/b' }, true],
    ['workload matches netns', { workload: 'netns/b' }, false],
    ['peer.ip in network 192.0.2.0/24', { 'peer.ip': '192.0.2.200' }, true],
    ['peer.ip in network 192.0.2.0/24', { 'peer.ip': '::ffff:192.0.2.200' }, true],
    ['peer.ip in network 2001:db8::/32', { 'peer.ip': '192.0.2.200' }, false],
    ['retransmits between [3, 5]', { retransmits: 5 }, true],
    ['baseline.learned == false', { 'baseline.learned': false }, true],
  ])('%s', (condition, values, expected) => {
    expect(holds(condition, values)).toBe(expected);
  });

  it('mean the same as the object form', () => {
    expect(toJsonRulesEngine(parse(['measure >= 5%', { not: 'workload starts with a' }]))).toEqual({
      all: [
        { fact: 'measure', operator: 'greaterThanInclusive', value: 0.05 },
        { not: { fact: 'workload', operator: 'startsWith', value: 'a' } },
      ],
    });
  });
});
