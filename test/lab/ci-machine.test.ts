import { describe, expect, it } from 'vitest';
import { probeKernel } from '../../agent/bpf/kernel.ts';
import { whyNoLab } from './lab-support.ts';

/** Elsewhere a machine without the rights skips what it cannot run, with the reason; CI must not. */
describe.runIf(process.env['CI'] !== undefined)('in CI', () => {
  it('nothing is skipped for want of a lab', () => {
    expect(whyNoLab()).toBeUndefined();
  });

  it('nothing is skipped for want of eBPF', () => {
    expect(probeKernel().problems.filter(({ fatal }) => fatal)).toEqual([]);
  });
});
