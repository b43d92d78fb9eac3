import { describe, expect, it } from 'vitest';
import { createClusterLayout } from './cluster-layout.ts';

const layout = createClusterLayout({ nodes: 6, podsPerNode: 10, replicas: 5 });

describe('createClusterLayout', () => {
  it('gives every pod one node and one address', () => {
    const pods = Array.from({ length: layout.nodes }, (_, node) => layout.podsOf(node)).flat();
    expect(pods).toHaveLength(60);
    expect(new Set(pods.map(({ ip }) => ip)).size).toBe(60);
    expect(new Set(pods.map(({ name }) => name)).size).toBe(60);
    expect(layout.deployments).toBe(12);
  });

  it('spreads a deployment over the nodes', () => {
    const nodes = Array.from({ length: 60 }, (_, n) => layout.pod(n))
      .filter(({ deployment }) => deployment === 'service-3')
      .map(({ node }) => node);
    expect(new Set(nodes).size).toBe(5);
  });

  it('has a pod asked by pods that ask its service', () => {
    const pod = layout.pod(17);
    const askers = [0, 1, 2].map((nth) => layout.peerIp(pod, 'server', nth));
    for (const [nth, ip] of askers.entries()) {
      const asker = Array.from({ length: 60 }, (_, n) => layout.pod(n)).find((one) => one.ip === ip)!;
      expect(layout.peerIp(asker, 'client', nth)).toBe(layout.serviceIp(3));
    }
  });
});
