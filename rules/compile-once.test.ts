import { describe, expect, it, vi } from 'vitest';
import { compileRules } from './compile.ts';
import { compileOnce } from './compile-once.ts';

const files = (id: string) => [
  {
    path: `${id}.yaml`,
    text: `id: ${id}\nalert: A\nsignal: tcp.retransmits\nby: [workload]\nmeasure: retransmit_ratio\nover: [10s]\nwhen: [measure > 1%]\nlevels: {page: {}}\n`,
  },
];

describe('compileOnce', () => {
  it('compiles files once, also those with faults, and others anew', () => {
    const compile = vi.fn(compileRules);
    const once = compileOnce(compile);
    const first = once(files('a'));
    expect(once(files('a'), { learnMs: null })).toBe(first);
    const broken = once([{ path: 'x.yaml', text: 'id: [' }]);
    expect(once([{ path: 'x.yaml', text: 'id: [' }])).toBe(broken);
    expect(broken.ok).toBe(false);
    expect(compile).toHaveBeenCalledTimes(2);
  });

  it('takes another learning period for other rules, and forgets what was not asked for of late', () => {
    const compile = vi.fn(compileRules);
    const once = compileOnce(compile);
    const first = once(files('a'));
    expect(once(files('a'), { learnMs: 5 })).not.toBe(first);
    once(files('b'));
    once(files('a'));
    expect(compile).toHaveBeenCalledTimes(4);
  });
});
