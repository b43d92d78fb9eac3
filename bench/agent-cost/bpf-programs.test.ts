import { describe, expect, it } from 'vitest';
import { costsBetween, programId } from './bpf-programs.ts';

describe('programId', () => {
  it('is that of a program or of a link to it', () => {
    expect(programId('pos:\t0\nprog_type:\t13\nprog_id:\t1234\nrun_cnt:\t0\n')).toBe(1234);
    expect(programId('pos:\t0\nmap_id:\t7\n')).toBeUndefined();
  });
});

describe('costsBetween', () => {
  const program = (id: number, runs: number, runNs: number) => ({
    id,
    name: `p${id}`,
    type: 'sock_ops',
    runs,
    runNs,
  });

  it('subtracts, leaves out what did not run, costliest first', () => {
    const before = [program(1, 10, 1_000), program(2, 5, 500), program(3, 0, 0)];
    const after = [program(1, 20, 2_000), program(2, 5, 500), program(3, 100, 30_000)];
    expect(costsBetween(before, after)).toEqual([
      { name: 'p3', type: 'sock_ops', runs: 100, runNs: 30_000, nsPerRun: 300 },
      { name: 'p1', type: 'sock_ops', runs: 10, runNs: 1_000, nsPerRun: 100 },
    ]);
  });
});
