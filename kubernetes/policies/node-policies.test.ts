import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesReader } from '../api.ts';
import { KubernetesApiError } from '../api-error.ts';
import { putPolicy } from '../testing/agent-policy-object.ts';
import { FakeApi } from '../testing/fake-api.ts';
import { maxAgentPolicies } from './agent-policy-record.ts';
import { openKeptPolicy, type KeptPolicy } from './kept-policy.ts';
import { NodePolicies } from './node-policies.ts';
import { describeNodePolicy } from './node-policy.ts';

let running: NodePolicies | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const label = (api: FakeApi, labels: Readonly<Record<string, string>>): void =>
  api.put('n1', { metadata: { namespace: undefined, labels } });

function setUp(kept?: KeptPolicy) {
  const policies = new FakeApi();
  const nodes = new FakeApi();
  label(nodes, { zone: 'a' });
  const asked: string[] = [];
  const of = (path: string): FakeApi => (path === '/api/v1/nodes' ? nodes : policies);
  const api: KubernetesReader = {
    list(path, options) {
      asked.push(`${path} ${String(options?.query?.['fieldSelector'])} ${options?.form}`);
      return of(path).list(path, options);
    },
    watch: (path, options) => of(path).watch(path, options),
  };
  const clock = { nowMs: 0 };
  const told: string[] = [];
  const problems: unknown[] = [];
  const created = new NodePolicies({
    api,
    node: 'n1',
    clock: {
      nowMs: () => clock.nowMs,
      sleep: (_ms, signal) => sleep(5, undefined, { signal }).catch(() => undefined),
    },
    random: () => 0,
    onProblem: (error) => problems.push(error),
    onChange: (policy) => told.push(describeNodePolicy(policy)),
    ...(kept !== undefined && { kept }),
  });
  running = created;
  const holds = (text: string): Promise<void> =>
    vi.waitFor(() => expect(describeNodePolicy(created.current())).toBe(text));
  return { created, policies, nodes, asked, told, clock, problems, holds };
}

describe('AgentPolicies of a node', () => {
  it('none: all is told, by workload', async () => {
    const { created } = setUp();
    await created.start(1_000);
    expect(created.current()).toMatchObject({ name: undefined, granularity: 'workload' });
    expect(created.current().leftOut.size).toBe(0);
    expect(created.status()).toEqual({ problem: undefined, known: 0 });
  });

  it('asks for all policies, and of nodes for the metadata of its own', async () => {
    const { created, asked } = setUp();
    await created.start(1_000);
    expect(asked.toSorted()).toEqual([
      '/api/v1/nodes metadata.name=n1 metadata',
      '/apis/saccade.io/v1alpha1/agentpolicies undefined whole',
    ]);
  });

  it('hold while they select the node, and follow the labels of both', async () => {
    const { created, policies, nodes, holds, told } = setUp();
    putPolicy(policies, 'edge', {
      selector: { matchLabels: { zone: 'a' } },
      signals: { except: ['dns'] },
      granularity: 'pod',
      ranges: { internal: ['203.0.113.0/24'] },
    });
    await created.start(1_000);
    await holds('edge: without dns; by pod; 1 range');
    label(nodes, { zone: 'b' });
    await holds('none selects this node');
    putPolicy(policies, 'edge', { signals: { only: ['dns', 'tcp.rtt'] } });
    await vi.waitFor(() => expect(created.current().leftOut).toContain('tcp.retransmits'));
    expect(created.current().leftOut).not.toContain('dns');
    policies.remove('edge');
    await holds('none selects this node');
    expect(told).toHaveLength(4);
    expect(created.stats()).toMatchObject({ policies: 0, policy_changes: 4 });
  });

  it('one holds, as a whole: the highest priority, then the oldest, then the name', async () => {
    const { created, policies, holds } = setUp();
    putPolicy(policies, 'b', { granularity: 'pod' }, { nth: 2 });
    putPolicy(policies, 'c', {}, { nth: 1 });
    putPolicy(policies, 'a', {}, { nth: 2 });
    await created.start(1_000);
    await holds('c: nothing differs');
    policies.remove('c');
    await holds('a: nothing differs');
    putPolicy(policies, 'z', { priority: 5, signals: { except: ['dns'] } }, { nth: 9 });
    await holds('z: without dns');
    expect(created.stats()).toMatchObject({ policies: 3, policies_selecting: 3 });
  });

  it('go on as they were last when they cannot be used any more, and say so', async () => {
    const { created, policies, holds } = setUp();
    putPolicy(policies, 'edge', { signals: { except: ['dns'] } });
    await created.start(1_000);
    await holds('edge: without dns');
    putPolicy(policies, 'edge', { ranges: { internal: ['203.0.113.0/99'] } });
    await vi.waitFor(() =>
      expect(created.status().problem).toMatch(/edge cannot be used .*generation 1 goes on/s),
    );
    await holds('edge: without dns');
    expect(created.stats()).toMatchObject({ policies: 1, policies_refused: 1 });
    // Another object by the same name has nothing to go on with.
    putPolicy(policies, 'edge', { granularity: 'node' }, { uid: 'another' });
    await holds('none selects this node');
  });

  it('of a newer version hold as far as they are known', async () => {
    const { created, policies, holds } = setUp();
    putPolicy(policies, 'edge', { signals: { except: ['dns', 'quic.loss'] } });
    await created.start(1_000);
    await holds('edge: without dns');
    expect(created.status().problem).toBe('this version does not know quic.loss');
  });

  it('stay as they are while the API server is away', async () => {
    const { created, policies, nodes, clock, holds } = setUp();
    putPolicy(policies, 'edge', { signals: { except: ['dns'] } });
    await created.start(1_000);
    for (const one of [policies, nodes]) one.setDown(true);
    await vi.waitFor(() => expect(created.stats()['policy_failures']).toBeGreaterThan(1));
    clock.nowMs += 180_000;
    await holds('edge: without dns');
    expect(created.status().problem).toBe('as of 3 min ago: the API server is away');
    policies.remove('edge');
    for (const one of [policies, nodes]) one.setDown(false);
    await holds('none selects this node');
  });

  it('hold for all nodes only where the labels may not be read', async () => {
    const { created, policies, nodes, holds } = setUp();
    nodes.setDown(true);
    putPolicy(policies, 'edge', { selector: { matchLabels: { zone: 'a' } }, priority: 9 });
    putPolicy(policies, 'all', { signals: { except: ['dns'] } });
    await created.start(20);
    await holds('all: without dns');
    expect(created.status().problem).toContain('policies for all nodes hold, and what held last');
    nodes.setDown(false);
    await holds('edge: nothing differs');
  });

  it('hold over a restart while the API server is away, also one that cannot be used any more', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'saccade-policy-'));
    const kept = openKeptPolicy(join(folder.path, 'data', 'policy.json'), (error) =>
      expect.fail(String(error)),
    );
    const first = setUp(kept);
    const selector = { matchLabels: { zone: 'a' } };
    putPolicy(first.policies, 'edge', { selector, signals: { except: ['dns'] } });
    await first.created.start(1_000);
    await first.holds('edge: without dns');
    await first.created.stop();

    const second = setUp(kept);
    const { created, policies, nodes, holds } = second;
    for (const one of [policies, nodes]) one.setDown(true);
    await created.start(20);
    await holds('edge: without dns');
    expect(created.status().problem).toContain('what held last does');
    putPolicy(policies, 'edge', { selector, granularity: 'node' });
    policies.setDown(false);
    await vi.waitFor(() => expect(created.status().problem).toContain('the labels of this node'));
    await holds('edge: without dns');
    nodes.setDown(false);
    await vi.waitFor(() => expect(created.status().problem).toMatch(/generation 1 goes on/));
    await holds('edge: without dns');
    policies.remove('edge');
    await holds('none selects this node');
    expect(kept.read()).toBeUndefined();
  });

  it('that were kept and are gone do not come back', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'saccade-policy-'));
    const path = join(folder.path, 'policy.json');
    const kept = openKeptPolicy(path, (error) => expect.fail(String(error)));
    const first = setUp(kept);
    putPolicy(first.policies, 'all', { granularity: 'pod' });
    await first.created.start(1_000);
    await first.holds('all: by pod');
    await first.created.stop();
    const { created, holds, told } = setUp(kept);
    await created.start(1_000);
    await holds('none selects this node');
    expect(told).toEqual(['all: by pod', 'none selects this node']);
  });

  it('whose file is broken are read from the cluster, and the fault is told', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'saccade-policy-'));
    const path = join(folder.path, 'policy.json');
    writeFileSync(path, '{"uid":');
    const faults: unknown[] = [];
    const { created, holds } = setUp(openKeptPolicy(path, (error) => faults.push(error)));
    await created.start(1_000);
    await holds('none selects this node');
    expect(faults).toHaveLength(1);
  });

  it('a cluster without their definition has none', async () => {
    const { created, policies, problems } = setUp();
    vi.spyOn(policies, 'list').mockRejectedValue(
      new KubernetesApiError('no such kind', { code: 'not_found', status: 404 }),
    );
    await created.start(1_000);
    expect(created.status()).toEqual({ problem: undefined, known: 0 });
    expect(problems).toEqual([]);
  });

  it('are bounded, and the rest is counted', async () => {
    const { created, policies } = setUp();
    for (let nth = 0; nth <= maxAgentPolicies; nth++) putPolicy(policies, `p${nth}`, {});
    await created.start(1_000);
    expect(created.stats()).toMatchObject({ policies: maxAgentPolicies, policies_left_out: 1 });
    expect(created.status().problem).toContain('some are left out');
  });
});
