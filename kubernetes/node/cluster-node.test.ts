import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesClient } from '../api.ts';
import { describeNodePolicy } from '../policies/node-policy.ts';
import { putPolicy } from '../testing/agent-policy-object.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { type ClusterNode, createClusterNode } from './cluster-node.ts';

let node: ClusterNode;
afterEach(() => node.stop());

const podUid = '6b8f0c3e-0000-4000-8000-000000000001';

/** A cluster with one node and one pod of a Deployment on it. */
function setUp() {
  const kinds = {
    '/api/v1/pods': new FakeApi(),
    '/api/v1/nodes': new FakeApi(),
    '/apis/saccade.io/v1alpha1/agentpolicies': new FakeApi(),
    '/apis/networking.k8s.io/v1/servicecidrs': new FakeApi(),
  };
  const of = (path: string): FakeApi => kinds[path as keyof typeof kinds];
  const api: KubernetesClient = {
    server: 'https://192.0.2.1',
    list: (path, options) => of(path).list(path, options),
    watch: (path, options) => of(path).watch(path, options),
    send: () => Promise.reject(new Error('an agent only reads')),
    close: () => undefined,
  };
  kinds['/api/v1/nodes'].put('n1', { metadata: { namespace: undefined, labels: { zone: 'a' } } });
  const metadata = {
    labels: { 'pod-template-hash': '6d9f' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'checkout-6d9f', uid: 'r', controller: true }],
  };
  kinds['/api/v1/pods'].put(
    'checkout-6d9f-abcde',
    { metadata, spec: { containers: [{ name: 'c' }] } },
    podUid,
  );
  const told: string[] = [];
  node = createClusterNode({
    connect: () => Promise.resolve(api),
    node: 'n1',
    labels: {},
    environment: {},
    onProblem: (error) => expect.fail(String(error)),
    onPolicy: (policy) => told.push(describeNodePolicy(policy)),
  });
  return { policies: kinds['/apis/saccade.io/v1alpha1/agentpolicies'], told };
}

describe('the node of an agent', () => {
  it('names pods as the policy that selects it wants, from the first row on', async () => {
    const { policies, told } = setUp();
    putPolicy(policies, 'edge', { selector: { matchLabels: { zone: 'a' } }, granularity: 'pod' });
    await node.start();
    expect(node.find({ podUid })).toMatchObject({
      namespace: 'shop',
      workload: 'pod/checkout-6d9f-abcde',
      pod: 'checkout-6d9f-abcde',
      labels: { workload: 'deployment/checkout' },
    });
    policies.remove('edge');
    await vi.waitFor(() => expect(node.find({ podUid })).toMatchObject({ workload: 'deployment/checkout' }));
    expect(node.find({ podUid })?.labels).toBeUndefined();
    expect(told).toEqual(['edge: by pod', 'none selects this node']);
  });

  it('counts its policies among its figures', async () => {
    const { policies } = setUp();
    putPolicy(policies, 'broken', { granularity: 'node' });
    await node.start();
    expect(node.stats()).toMatchObject({ pods: 1, policies: 1, policies_refused: 1, policies_selecting: 0 });
    expect(node.policyStatus().problem).toContain('broken cannot be used');
    expect(node.status().problem).toBeUndefined();
  });
});
