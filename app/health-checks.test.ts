import { describe, expect, it } from 'vitest';
import { readinessChecks, stageChecks } from './health-checks.ts';
import type { PartReport, PartState } from './part-report.ts';

type Arguments = Parameters<typeof readinessChecks>;

function readiness(state: PartState, receiver: { ready: boolean; reason: string | null }, refused: string[]) {
  const parts: PartReport[] = [{ name: 'recorder', state, detail: 'd', reason: 'r', remedy: '' }];
  const pager = { health: () => [{ name: 'ops', waiting: 2, ...receiver }] } as unknown as Arguments[0];
  const rules = { refused: () => refused, current: () => ({ rules: [{}] }) } as unknown as Arguments[2];
  return readinessChecks(pager, { parts: () => parts }, rules).map(({ ok, reason }) => [ok, reason]);
}

const ready = { ready: true, reason: null };

describe('readinessChecks', () => {
  it('passes when all do their job', () => {
    expect(readiness('on', ready, [])).toEqual([
      [true, '2 messages wait'],
      [true, 'd'],
      [true, '1 loaded'],
    ]);
  });

  it('fails for what is missing, not for what is switched off or does less', () => {
    expect(readiness('missing', ready, [])[1]).toEqual([false, 'r']);
    expect(readiness('off', ready, [])[1]).toEqual([true, 'd']);
    expect(readiness('less', ready, [])[1]).toEqual([true, 'd: r']);
  });

  it('fails for a refused receiver and for a refused change of the rules', () => {
    const checks = readiness('on', { ready: false, reason: 'invalid_auth' }, [
      'r.yaml:1:1: no',
      'r.yaml:2:1: no',
    ]);
    expect(checks[0]).toEqual([false, 'invalid_auth']);
    expect(checks[2]).toEqual([false, 'a change is refused: r.yaml:1:1: no']);
  });
});

describe('stageChecks', () => {
  it('gives the reason of a stage that stands still', () => {
    const stage = { stage: 'judge', lag: 3, lastProgressMs: 0 };
    const health = [
      { ...stage, ok: true, reason: '' },
      { ...stage, ok: false, reason: 'no progress for 30 s' },
    ];
    expect(stageChecks({ health: () => health }).map(({ ok, reason }) => [ok, reason])).toEqual([
      [true, '3 records wait'],
      [false, 'no progress for 30 s'],
    ]);
  });
});
