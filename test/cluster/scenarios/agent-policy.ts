import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { clusterPlan } from '../cluster-plan.ts';
import type { Stage } from '../stage.ts';

/** Of `saccade top --output json`. */
interface Edge {
  readonly namespace: string;
  readonly workload: string;
  readonly measures: Readonly<Record<string, number>>;
}

const label = 'example.com/observed';
const lookUpOnce = `require('node:dns').lookup('payments.shop.svc.cluster.local', () => undefined)`;
const policyOf = (name: string, spec: string): string => `
apiVersion: saccade.io/v1alpha1
kind: AgentPolicy
metadata: { name: ${name} }
spec: { ${spec} }
`;
const selected = `selector: { matchLabels: { ${label}: less } }`;
/** Looked at are the last ten seconds; the rest is what a change takes to the agent, and an observation to the history. */
const [windowText, windowMs, withinMs] = ['10s', 10_000, 40_000] as const;

/** Near the end of a stage: who is observed by pod begins to learn anew. */
export function agentPolicyScenario(stage: () => Stage): void {
  it('has agents follow the AgentPolicies of their node while they run', { timeout: 300_000 }, async () => {
    const { cluster } = stage();
    const { nodeName } = clusterPlan;
    const edges = async (): Promise<readonly Edge[]> =>
      JSON.parse(
        await stage().saccade('top', '--since', windowText, '--limit', '2000', '--output', 'json'),
      ) as readonly Edge[];
    const agents = (): Promise<string> =>
      cluster.kubectl([
        ...['-n', 'saccade', 'get', 'pods', '-l', 'app.kubernetes.io/component=agent', '-o'],
        'jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount},{end}',
      ]);
    const before = await agents();
    /** Told or not: a client of the shop asks its resolver. */
    const lookUp = (): Promise<string> =>
      cluster.kubectl([...['-n', 'shop', 'exec', 'deployment/checkout', '--', 'node', '-e'], lookUpOnce]);
    const observed = async (what: string, is: (all: readonly Edge[]) => boolean): Promise<void> => {
      let last: readonly Edge[] = [];
      const isThere = async (): Promise<true | undefined> => {
        await lookUp();
        last = await edges();
        return is(last) ? true : undefined;
      };
      await cluster.waitFor(what, isThere, withinMs).catch((error: unknown) => {
        throw new Error(`${what}; seen: ${JSON.stringify(last)}`, { cause: error });
      });
    };

    await observed('look-ups', (all) => tellsDns(all) && tellsShop(all, 'deployment/checkout'));
    await cluster.apply(policyOf('quiet', `${selected}, signals: { except: [dns] }`));
    await statusIs(stage(), 'quiet', { state: 'Active', nodes: 0, in_force: 0 });
    expect(tellsDns(await edges())).toBe(true);

    await cluster.kubectl(['label', 'node', nodeName, `${label}=less`]);
    await observed('no look-ups any more', (all) => !tellsDns(all) && tellsShop(all, 'deployment/checkout'));
    await statusIs(stage(), 'quiet', { state: 'Active', nodes: 1, in_force: 1 });
    await sleep(windowMs);
    expect(tellsDns(await edges())).toBe(false);

    await cluster.apply(policyOf('quiet', `${selected}, granularity: pod, signals: { except: [dns] }`));
    const [pod = ''] = await cluster.pods('shop', 'app=checkout');
    await observed(
      'a pod by itself',
      (all) =>
        tellsShop(all, `pod/${pod}`) && !all.some(({ workload }) => workload === 'deployment/checkout'),
    );
    expect(tellsDns(await edges())).toBe(false);

    await cluster.apply(policyOf('rival', 'signals: { only: [tcp.rtt] }'));
    await statusIs(stage(), 'rival', { state: 'Conflict' });
    await cluster.kubectl(['delete', 'agentpolicy', 'rival']);

    await cluster.kubectl(['delete', 'agentpolicy', 'quiet']);
    await observed(
      'look-ups, and Deployments, again',
      (all) =>
        tellsDns(all) &&
        tellsShop(all, 'deployment/checkout') &&
        !all.some(({ workload }) => workload === `pod/${pod}`),
    );
    await cluster.kubectl(['label', 'node', nodeName, `${label}-`]);
    expect(await agents()).toBe(before);
  });

  it.each([
    ['a signal that nobody knows', 'signals: { only: [dns.queries] }', /Unsupported value: "dns\.queries"/],
    ['two lists', 'signals: { only: [dns], except: [tcp.rtt] }', /name either those that are told/],
    [
      'In without values',
      'selector: { matchExpressions: [{ key: a, operator: In }] }',
      /In and NotIn need values/,
    ],
    ['a key that there is not', 'signal: { only: [dns] }', /unknown field "spec\.signal"/],
  ])('has the API server refuse %s', { timeout: 60_000 }, async (_what, spec, message) => {
    await expect(stage().cluster.apply(policyOf('refused', spec))).rejects.toThrow(message);
  });

  it('says in its status what the API server cannot check', { timeout: 60_000 }, async () => {
    await stage().cluster.apply(policyOf('broken', 'ranges: { internal: [203.0.113.0/99] }'));
    await statusIs(stage(), 'broken', { state: 'Refused', nodes: 0 });
    await stage().cluster.kubectl(['delete', 'agentpolicy', 'broken']);
  });
}

const tellsDns = (all: readonly Edge[]): boolean =>
  all.some(({ measures }) => Object.keys(measures).some((measure) => measure.startsWith('dns/')));

const tellsShop = (all: readonly Edge[], workload: string): boolean =>
  all.some(
    ({ namespace, workload: own, measures }) =>
      namespace === 'shop' &&
      own === workload &&
      Object.keys(measures).some((measure) => measure.startsWith('tcp.retransmits/')),
  );

async function statusIs(
  { cluster }: Stage,
  policy: string,
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  let status: Readonly<Record<string, unknown>> = {};
  const isThere = async (): Promise<true | undefined> => {
    const said = await cluster.kubectl(['get', 'agentpolicy', policy, '-o', 'jsonpath={.status}']);
    status = JSON.parse(said || '{}') as Readonly<Record<string, unknown>>;
    return Object.entries(expected).every(([key, value]) => status[key] === value) ? true : undefined;
  };
  await cluster.waitFor(`the status of ${policy} to be ${JSON.stringify(expected)}`, isThere, withinMs);
}
