import { describe, expect, it } from 'vitest';
import { compileRules } from '../../rules/compile.ts';
import { acceptRules } from './accept-rules.ts';
import { type SaccadeRuleRecord, toRuleFile } from './rule-file.ts';

const rule = (change: object = {}) => ({
  id: 'slow',
  alert: 'Slow',
  signal: 'tcp.rtt',
  by: ['workload', 'peer'],
  measure: 'min_rtt',
  over: ['1s'],
  when: ['measure > 250000'],
  ...change,
});
const file = (name: string, rules: SaccadeRuleRecord['rules'], namespace = 'shop') =>
  toRuleFile({ namespace, name, generation: 1, rules }, `${namespace}.${name}.yaml`);
const accept = (...files: Parameters<typeof acceptRules>[1]) => acceptRules([], files, compileRules);

describe('rules of the cluster', () => {
  it('see their own namespace only, whatever they say, and are called by it', () => {
    const result = compileRules([file('one', [rule({ where: ['peer.kind == external'] })])]);
    if (!result.ok) throw new Error(result.faults[0]?.message);
    const [compiled] = result.ruleSet.rules;
    expect(compiled?.id).toBe('shop-slow');
    const facts = (namespace: string) => (name: string) =>
      ({ namespace, 'peer.kind': 'external' })[name as 'namespace'];
    expect(compiled?.where?.evaluate(facts('shop'))).toBe(true);
    expect(compiled?.where?.evaluate(facts('other'))).toBe(false);
  });

  it('are refused with line, column and what stands there', () => {
    const verdicts = accept(file('bad', [rule({ when: ['mesure > 1'] })]), file('good', [rule()]));
    expect(verdicts.get('shop.good.yaml')).toMatchObject({ accepted: true });
    expect(verdicts.get('shop.bad.yaml')).toMatchObject({
      accepted: false,
      message: expect.stringMatching(
        /^\d+:\d+ in `- mesure > 1`: unknown fact "mesure" \(did you mean/u,
      ) as string,
    });
  });

  it('of one id in two namespaces go together, in one namespace the first wins', () => {
    const verdicts = accept(file('a', [rule()]), file('b', [rule()]), file('a', [rule()], 'staging'));
    expect([...verdicts.values()].map(({ accepted }) => accepted)).toEqual([true, false, true]);
  });
});
