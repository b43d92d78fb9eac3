import { afterEach, describe, expect, it, vi } from 'vitest';
import { KubernetesApiError } from '../api-error.ts';
import type { KubernetesObject } from '../api.ts';
import { type ClusterRanges, createClusterRanges } from './cluster-ranges.ts';

const metadata = { name: 'x', uid: 'u', resourceVersion: '1' };
const nodes: readonly KubernetesObject[] = [
  {
    metadata,
    spec: { podCIDR: '192.0.2.0/25', podCIDRs: ['192.0.2.0/25', '2001:db8:1::/64'] },
    status: {
      addresses: [
        { type: 'InternalIP', address: '198.51.100.1' },
        { type: 'Hostname', address: 'n1' },
      ],
    },
  },
  {
    metadata,
    spec: { podCIDRs: ['192.0.2.128/25'] },
    status: { addresses: [{ type: 'ExternalIP', address: '2001:db8::2' }] },
  },
];
const ofNodes = ['192.0.2.0/25', '2001:db8:1::/64', '198.51.100.1/32', '192.0.2.128/25', '2001:db8::2/128'];
const services: readonly KubernetesObject[] = [{ metadata, spec: { cidrs: ['203.0.113.0/24'] } }];

let found: ClusterRanges;
afterEach(() => found.stop());

function setUp({ serviceAddress = undefined as string | undefined, maxNodes = 10 } = {}) {
  const answers: Record<string, readonly KubernetesObject[] | KubernetesApiError> = {
    '/apis/networking.k8s.io/v1/servicecidrs': services,
    '/api/v1/nodes': nodes,
  };
  const sleeps: { ms: number; wake: () => void }[] = [];
  const problems: string[] = [];
  found = createClusterRanges({
    api: {
      async list(path, { query } = {}) {
        const answer = answers[path] ?? [];
        if (answer instanceof KubernetesApiError) throw answer;
        const items = query?.['fieldSelector'] === 'metadata.name=n1' ? answer.slice(0, 1) : answer;
        return { items, resourceVersion: '1', next: undefined };
      },
    },
    node: 'n1',
    serviceAddress,
    maxNodes,
    clock: {
      nowMs: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          sleeps.push({ ms, wake: resolve });
          signal.addEventListener('abort', () => resolve());
        }),
    },
    random: () => 0.5,
    onProblem: (_error, resource) => problems.push(resource),
  });
  found.start();
  const round = async (): Promise<number> => {
    await vi.waitFor(() => expect(sleeps.length).toBeGreaterThan(0));
    return sleeps[0]?.ms ?? 0;
  };
  const next = (): void => sleeps.shift()?.wake();
  return { answers, problems, round, next };
}

describe('createClusterRanges', () => {
  it('finds the ranges of Services and pods, and the addresses of nodes', async () => {
    const { round } = setUp();
    expect(await round()).toBe(600_000);
    expect(found.ranges()).toEqual(['203.0.113.0/24', ...ofNodes]);
  });

  it('assumes the range around the API server’s Service where none can be read', async () => {
    const { answers, problems, round, next } = setUp({ serviceAddress: '34.118.224.1' });
    expect(found.ranges()).toEqual(['34.118.224.1/20']);
    await round();
    expect(found.ranges()).toContain('203.0.113.0/24');
    answers['/apis/networking.k8s.io/v1/servicecidrs'] = new KubernetesApiError('no', { code: 'forbidden' });
    next();
    expect(await round()).toBe(600_000);
    expect(problems).toEqual(['service CIDRs']);
    expect(found.ranges()).toEqual(['203.0.113.0/24', ...ofNodes]);
  });

  it('keeps what it knows while the API server is away, and asks again soon', async () => {
    const { answers, round, next } = setUp();
    await round();
    answers['/api/v1/nodes'] = new KubernetesApiError('gone', { code: 'unreachable' });
    next();
    expect(await round()).toBe(30_000);
    expect(found.ranges()).toEqual(['203.0.113.0/24', ...ofNodes]);
    expect(found.stats()).toMatchObject({ failures: 1 });
  });

  it('reads but its own node of very many', async () => {
    const { round } = setUp({ maxNodes: 1 });
    await round();
    expect(found.ranges()).toEqual(['203.0.113.0/24', '192.0.2.0/25', '2001:db8:1::/64', '198.51.100.1/32']);
    expect(found.stats()).toMatchObject({ tooManyNodes: 1 });
  });
});
