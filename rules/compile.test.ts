import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from './compile.ts';
import type { CompiledRule, Fact } from './compiled-rule.ts';

const catalogPath = new URL('./catalog/tcp-retransmit-spike/rule.yaml', import.meta.url);
const catalogText = readFileSync(catalogPath, 'utf8');

function compileOne(text: string, learnMs: number | null = null): CompiledRule {
  const result = compileRules([{ path: 'rules.yaml', text }], { learnMs });
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  const [rule] = result.ruleSet.rules;
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

function facts(values: Readonly<Record<string, Fact>>) {
  return (name: string): Fact => values[name];
}

describe('compileRules', () => {
  it('compiles the shipped rule with every figure in base units', () => {
    const rule = compileOne(catalogText);
    expect(rule).toMatchObject({
      id: 'tcp-retransmit-spike',
      position: 'rules.yaml:5:9',
      overMs: [200, 1_000, 10_000, 60_000],
      measure: { numerator: 'retransmits', denominator: 'data_segments' },
      baseline: { method: 'rate', learnMs: 600_000, maxP: 1e-4, minValue: 0.005, ceiling: 0.05 },
      actions: {
        pending: [{ beforeMs: 10_000, duringMs: 20_000, maxBytes: 20_000_000, cooldownMs: 900_000 }],
      },
      dryRun: false,
    });
  });

  it('fires on what is known and never on what is not', () => {
    const { when } = compileOne(catalogText);
    expect(when.evaluate(facts({ 'baseline.score': 1.5 }))).toBe(true);
    expect(when.evaluate(facts({ 'baseline.score': 0.5, stalled_sockets: 0 }))).toBe(false);
    expect(when.evaluate(facts({ 'baseline.score': 0.5 }))).toBeUndefined();
    expect(when.evaluate(facts({ 'baseline.score': NaN, stalled_sockets: 3 }))).toBe(true);
  });

  it('orders levels by severity, whatever the order in the file', () => {
    const text = catalogText
      .replace('          notice: {}\n', '')
      .replace('        # A silent peer', '          notice: {}\n        # A silent peer');
    expect(compileOne(text).levels.map((level) => level.level)).toEqual(['notice', 'page']);
  });

  it('replaces the learning period where one is given', () => {
    expect(compileOne(catalogText, 5_000).baseline).toMatchObject({ learnMs: 5_000 });
  });

  it('gives the same revision for the same sources, another one for other sources', () => {
    const revision = (text: string) => {
      const result = compileRules([{ path: 'a.yaml', text }]);
      return result.ok ? result.ruleSet.revision : '';
    };
    expect(revision(catalogText)).toBe(revision(catalogText));
    expect(revision(`${catalogText}# more\n`)).not.toBe(revision(catalogText));
  });

  it('tells the faults of all files at once', () => {
    const result = compileRules([
      { path: 'b.yaml', text: 'groups: [1]' },
      { path: 'a.yaml', text: 'groups: {' },
      {
        path: 'c.yaml',
        text: catalogText.replace('baseline.score > 1', 'baseline.scor > 1').replace('3s', '3x'),
      },
    ]);
    expect(result.ok ? [] : result.faults.map((fault) => fault.path)).toEqual(['a.yaml', 'b.yaml', 'c.yaml']);
  });
});
