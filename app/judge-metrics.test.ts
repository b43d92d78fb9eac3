import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { JudgeStats } from '../engine/judge.ts';
import { registerJudgeMetrics, type RunningJudge } from './judge-metrics.ts';

const stats = (change: Partial<JudgeStats>): JudgeStats => ({
  repeats: 0,
  clamped: 0,
  late: 0,
  evicted: 0,
  overflow: {},
  limited: {},
  refusedRules: 0,
  evictedMembers: 0,
  scannedMs: 0,
  keys: 0,
  alerts: 0,
  sources: 0,
  rules: 0,
  ...change,
});

it('counts what judges leave out here, and not what they brought along', async () => {
  const registry = new Registry();
  const figures = { wide: stats({ evicted: 400, sources: 8_192 }), narrow: stats({ keys: 3 }) };
  const running: RunningJudge[] = [{ stage: 'judge-wide', judge: { stats: () => figures.wide } }];
  registerJudgeMetrics(registry, () => running);
  const metrics = async (): Promise<readonly string[]> =>
    (await registry.metrics()).split('\n').filter((line) => /^saccade.* [1-9]/.test(line));

  expect(await metrics()).toEqual(['saccade_judge_sources{stage="judge-wide"} 8192']);

  running.push({ stage: 'judge', judge: { stats: () => figures.narrow } });
  await metrics();
  figures.wide = stats({ evicted: 405, overflow: { a: 2, b: 1 }, limited: { a: 788 } });
  figures.narrow = stats({ keys: 4, overflow: { c: 7 } });
  expect(await metrics()).toEqual([
    'saccade_judge_left_out_total{stage="judge-wide",reason="keys"} 3',
    'saccade_judge_left_out_total{stage="judge-wide",reason="limit"} 788',
    'saccade_judge_left_out_total{stage="judge-wide",reason="sources"} 5',
    'saccade_judge_left_out_total{stage="judge",reason="keys"} 7',
    'saccade_judge_keys{stage="judge"} 4',
  ]);

  // A partition that has gone to another engine takes nothing of the count along.
  running.pop();
  expect(await metrics()).toContain('saccade_judge_left_out_total{stage="judge",reason="keys"} 7');
});
