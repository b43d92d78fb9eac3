import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NodeLabels } from '../policies/node-labels.ts';
import { putPolicy } from '../testing/agent-policy-object.ts';
import { FakeApi } from '../testing/fake-api.ts';
import type { AgentPolicyStatus } from './agent-policy.ts';
import { AgentPolicyController } from './agent-policy-controller.ts';

let controller: AgentPolicyController;
afterEach(() => controller.stop());

const zoneA = { selector: { matchLabels: { zone: 'a' } } };

/** An API server that takes statuses, and two nodes of which one is in the zone a. */
function running(fake: FakeApi) {
  const nodes = new NodeLabels();
  const label = (key: string, zone: string): void =>
    nodes.nodeChanged({ type: 'add', key, object: { labels: { zone } }, atMs: 0 });
  label('n1', 'a');
  label('n2', 'b');
  const statuses = new Map<string, AgentPolicyStatus>();
  let writes = 0;
  const looks = { count: 0 };
  controller = new AgentPolicyController({
    api: fake.client(async (method, path, body) => {
      expect(method).toBe('PATCH');
      writes += 1;
      statuses.set(path, (body as { readonly status: AgentPolicyStatus }).status);
    }),
    nodes,
    clock: {
      nowMs: () => Date.parse('2026-11-21T09:00:00.500Z'),
      sleep(_ms, signal) {
        looks.count += 1;
        return sleep(5, undefined, { signal }).catch(() => undefined);
      },
    },
    random: () => 0,
    onProblem: (error) => {
      throw error;
    },
  });
  controller.start();
  const statusOf = (name: string) => statuses.get(`/apis/saccade.io/v1alpha1/agentpolicies/${name}/status`);
  const lookedAgain = async (): Promise<void> => {
    const before = looks.count;
    await vi.waitFor(() => expect(looks.count).toBeGreaterThan(before + 2));
  };
  return { label, nodes, statusOf, writes: () => writes, lookedAgain };
}

describe('the status of an AgentPolicy', () => {
  it('says where it holds, and follows the nodes', async () => {
    const fake = new FakeApi();
    putPolicy(fake, 'edge', zoneA);
    const { label, statusOf } = running(fake);
    await vi.waitFor(() =>
      expect(statusOf('edge')).toMatchObject({ state: 'Active', nodes: 1, in_force: 1 }),
    );
    expect(statusOf('edge')?.conditions).toEqual([
      {
        type: 'Accepted',
        status: 'True',
        reason: 'Checked',
        message: 'holds on 1 of 1 nodes that it selects',
        observedGeneration: 1,
        lastTransitionTime: '2026-11-21T09:00:00Z',
      },
      expect.objectContaining({ type: 'Conflicting', status: 'False' }),
    ]);
    label('n3', 'a');
    await vi.waitFor(() => expect(statusOf('edge')).toMatchObject({ nodes: 2, in_force: 2 }));
  });

  it('is written once, also when it came from an earlier run with its keys in another order', async () => {
    const fake = new FakeApi();
    putPolicy(fake, 'edge', zoneA);
    const { statusOf, writes, lookedAgain } = running(fake);
    await vi.waitFor(() => expect(statusOf('edge')).toBeDefined());
    const status = statusOf('edge');
    const turned = Object.fromEntries(Object.entries(status ?? {}).toReversed());
    putPolicy(fake, 'edge', zoneA, { status: turned });
    await lookedAgain();
    expect(writes()).toBe(1);
  });

  it('tells a conflict in both, with the node', async () => {
    const fake = new FakeApi();
    putPolicy(fake, 'edge', zoneA, { nth: 1 });
    putPolicy(fake, 'all', {}, { nth: 2 });
    const { statusOf } = running(fake);
    await vi.waitFor(() =>
      expect(statusOf('all')).toMatchObject({ state: 'Conflict', nodes: 2, in_force: 1 }),
    );
    expect(statusOf('all')?.conditions[1]).toMatchObject({
      status: 'True',
      message: 'edge of the same priority is older, and holds on n1',
    });
    expect(statusOf('edge')).toMatchObject({ state: 'Active', in_force: 1 });
    expect(statusOf('edge')?.conditions[1]).toMatchObject({
      status: 'True',
      message: 'all of the same priority selects n1, too',
    });
    putPolicy(fake, 'all', { priority: -1 }, { nth: 2 });
    await vi.waitFor(() => expect(statusOf('all')).toMatchObject({ state: 'Active', in_force: 1 }));
  });

  it('says what is wrong with one that cannot be used', async () => {
    const fake = new FakeApi();
    putPolicy(fake, 'broken', { ranges: { external: ['203.0.113.0/99'] } });
    const { statusOf } = running(fake);
    await vi.waitFor(() => expect(statusOf('broken')).toMatchObject({ state: 'Refused', nodes: 0 }));
    expect(statusOf('broken')?.conditions[0]?.message).toMatch(/must be a range .*external\[0\]/s);
  });
});
