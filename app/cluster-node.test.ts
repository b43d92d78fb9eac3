import { describe, expect, it } from 'vitest';
import { readablePolicySpecSchema } from '../kubernetes/policies/agent-policy-spec.ts';
import { type NodePolicy, noPolicy, toNodePolicy } from '../kubernetes/policies/node-policy.ts';
import { withClusterParts } from './cluster-node.ts';
import type { PartReport } from './part-report.ts';

const part = (name: string, state: PartReport['state'] = 'on'): PartReport => ({
  name,
  state,
  detail: 'from the kernel',
  reason: state === 'missing' ? 'no rights' : '',
  remedy: '',
});

function partsUnder(policy: NodePolicy, problem?: string): ReadonlyMap<string, PartReport> {
  const parts = withClusterParts([part('dns'), part('tcp.rtt'), part('flight recorder')], {
    status: () => ({ problem: undefined, synced: true, pods: 3, staleMs: 0 }),
    policy: () => policy,
    policyStatus: () => ({ problem, known: 1 }),
  });
  return new Map(parts.map((one) => [one.name, one]));
}

const edge = toNodePolicy({
  uid: 'u',
  name: 'edge',
  generation: 1,
  createdMs: 0,
  spec: readablePolicySpecSchema.parse({ signals: { except: ['dns'] } }),
  fault: '',
});

describe('parts of an agent in a cluster', () => {
  it('are as they are where no policy selects the node', () => {
    const parts = partsUnder(noPolicy);
    expect(parts.get('dns')).toEqual(part('dns'));
    expect(parts.get('agent policy')).toMatchObject({ state: 'on', detail: 'none selects this node' });
    expect(parts.get('names of pods')).toMatchObject({ state: 'on', detail: '3 pods of this node' });
  });

  it('that a policy leaves out are switched off, and say by which', () => {
    const parts = partsUnder(edge);
    expect(parts.get('dns')).toMatchObject({ state: 'off', detail: 'left out by the AgentPolicy edge' });
    expect(parts.get('tcp.rtt')).toEqual(part('tcp.rtt'));
    expect(parts.get('agent policy')).toMatchObject({ state: 'on', detail: 'edge: without dns' });
  });

  it('never make the agent unready for want of a policy', () => {
    const parts = partsUnder(edge, 'as of 3 min ago: the API server is away');
    expect(parts.get('agent policy')).toMatchObject({
      state: 'less',
      reason: 'as of 3 min ago: the API server is away',
    });
  });
});
