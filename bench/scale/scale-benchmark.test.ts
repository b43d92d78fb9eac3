import { describe, expect, it } from 'vitest';
import { sizeWithin } from './scale-benchmark.ts';

describe('sizeWithin', () => {
  it('takes all pods where the machine carries them', () => {
    expect(sizeWithin(10, 6_000, 17)).toEqual({ nodes: 10, podsPerNode: 30, replicas: 10 });
  });

  it('takes fewer pods of every node before it takes fewer nodes', () => {
    expect(sizeWithin(300, 6_000, 17)).toEqual({ nodes: 300, podsPerNode: 1, replicas: 10 });
  });

  it('leaves enough workloads for a pod to have peers that differ', () => {
    const { nodes, podsPerNode, replicas } = sizeWithin(10, 400, 13);
    expect((nodes * podsPerNode) / replicas).toBeGreaterThanOrEqual(12);
  });
});
