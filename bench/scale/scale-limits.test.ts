import { describe, expect, it } from 'vitest';
import { sampleCosts, sampleProfile } from './sample-costs.ts';
import { breakingOrder } from './scale-limits.ts';
import { planCluster } from './scale-model.ts';

const profile = { ...sampleProfile, wideShare: 0.05, destinationsPerWorkload: 5, apiServers: 4 };
const order = breakingOrder(profile, sampleCosts);

describe('breakingOrder', () => {
  it('says at how many nodes a bound is passed, and not one node sooner', () => {
    // 30 pods of workloads of ten: 90 series a node of 20,000.
    expect(order.find(({ name }) => name === 'history: series')?.atNodes).toBe(223);
    for (const { atNodes, bound, taken } of order) {
      if (atNodes === undefined) continue;
      expect(taken(planCluster(atNodes, profile, sampleCosts))).toBeGreaterThan(bound);
      expect(taken(planCluster(atNodes - 1, profile, sampleCosts))).toBeLessThanOrEqual(bound);
    }
  });

  it('has what breaks first in front', () => {
    const nodes = order.map(({ atNodes }) => atNodes ?? Infinity);
    expect(nodes).toEqual(nodes.toSorted((a, b) => a - b));
  });
});
