import { describe, expect, it } from 'vitest';
import { sampleCosts as costs, sampleProfile as profile } from './sample-costs.ts';
import { partitionsFor, planCluster } from './scale-model.ts';

describe('planCluster', () => {
  it('works out what a cluster sends', () => {
    const plan = planCluster(300, profile, costs);
    expect(plan.observationsPerSecond).toBe(300 * 30 * 12);
    expect(plan.batchesPerSecond).toBe(300 * 30 * 1.5);
    expect(plan.series).toBe(900 * 10 * 3);
    expect(plan.keys).toBe(900 * 10 * 5);
  });

  it('gives processes the share of a core that leaves room to catch up', () => {
    const plan = planCluster(300, profile, costs);
    // 108,000/s × 50 µs = 5.4 cores; at 60 % of each nine engines, so 32 partitions.
    expect(plan.engineReplicas).toBe(9);
    expect(plan.nameReplicas).toBe(2);
    expect(plan.partitions).toBe(32);
    expect(plan.notifyCores).toBeCloseTo(4.32, 6);
  });

  it('counts every copy that is written, and every reader', () => {
    const plan = planCluster(10, profile, costs);
    expect(plan.kafkaBytesInPerSecond).toBe(3_600 * 100 * 3);
    expect(plan.kafkaBytesOutPerSecond).toBe(3_600 * (20 + 60));
    expect(plan.kafkaDiskBytes).toBe(3_600 * (20 * 6 + 20 * 24) * 3_600 * 3);
  });

  it('grows with the nodes, and the history with the rows that are kept', () => {
    const [small, large] = [planCluster(10, profile, costs), planCluster(5_000, profile, costs)];
    expect(large.sqliteBytesPerDay / small.sqliteBytesPerDay).toBeCloseTo(500, 9);
    expect(small.sqliteBytesPerDay).toBe(1_800 * 200 * 86_400);
    expect(small.minuteBytesPerDay).toBe(900 * 200 * 1_440);
    expect(large.costPerMonth.agents / small.costPerMonth.agents).toBeCloseTo(500, 9);
    expect(large.costPerMonth.perNode).toBeLessThan(small.costPerMonth.perNode);
  });
});

describe('partitionsFor', () => {
  it('leaves two and more for each process', () => {
    expect([1, 4, 5, 9, 16].map(partitionsFor)).toEqual([8, 8, 16, 32, 32]);
  });
});
