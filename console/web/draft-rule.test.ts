import { describe, expect, it } from 'vitest';
import { compileRules } from '../../rules/compile.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { draftRule } from './draft-rule.ts';

const line = { name: 'l', namespace: 'shop', workload: 'w', peer: 'p', service_port: 443, role: 'client' };
const measures = [...signalCatalogue.values()].flatMap(({ id, measures: of }) =>
  Object.entries(of).map(([measure, { unit }]) => ({ signal: id, measure, unit })),
);

describe('a drafted rule', () => {
  it.each(measures)('compiles for $signal $measure', (which) => {
    const points = [0, 3, 40].map((value, index): [number, number] => [index * 1000, value / 100]);
    const text = draftRule({
      ...which,
      workload: 'deployment/check out "x"',
      peer: 'api.example.com',
      lines: [{ ...line, points }],
    });
    const result = compileRules([{ path: 'draft.yaml', text }]);
    expect(result.ok ? [] : result.faults).toEqual([]);
  });
});
