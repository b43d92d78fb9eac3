import { describe, expect, it } from 'vitest';
import type { SignalReport } from './agent-report.ts';
import { withDerivedReports } from './derived-reports.ts';

const attached = (signal: string, probe: string): SignalReport => ({
  signal,
  probe,
  attached: true,
  fallback: false,
  notes: [],
});
const refused = (signal: string, probe: string): SignalReport => ({
  ...attached(signal, probe),
  attached: false,
  reason: 'the kernel refuses it',
  remedy: 'another kernel',
});
const derivation = { signal: 'c', from: ['a', 'b'] as const, raw: ['b'] };

describe('withDerivedReports', () => {
  it('tells of what is made, and not of what only serves it', () => {
    const reports = withDerivedReports([derivation], [attached('a', 'one'), attached('b', 'two')]);
    expect(reports).toEqual([attached('a', 'one'), attached('c', 'one')]);
  });

  it.each([
    [
      'the second',
      [attached('a', 'one'), refused('b', 'two')],
      'one',
      ['without two: the kernel refuses it'],
    ],
    ['the first', [refused('a', 'one'), attached('b', 'two')], 'two', ['without one: the kernel refuses it']],
  ] as const)('goes on without %s source', (_, reports, probe, notes) => {
    const derived = withDerivedReports([derivation], reports).at(-1);
    expect(derived).toEqual({ ...attached('c', probe), notes });
  });

  it('is refused where all sources are, and unknown where there is none', () => {
    const reports = [refused('a', 'one'), refused('b', 'two')];
    expect(withDerivedReports([derivation], reports).at(-1)).toEqual({ ...refused('a', 'one'), signal: 'c' });
    expect(withDerivedReports([derivation], [])).toEqual([]);
  });
});
