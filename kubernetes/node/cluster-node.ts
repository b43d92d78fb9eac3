import { setTimeout } from 'node:timers/promises';
import type { KubernetesClient } from '../api.ts';
import { systemInformerClock } from '../informers/system-clock.ts';
import { openKeptPolicy } from '../policies/kept-policy.ts';
import {
  NodePolicies,
  type NodePoliciesOptions,
  type NodePoliciesStatus,
} from '../policies/node-policies.ts';
import { type NodePolicy, noPolicy } from '../policies/node-policy.ts';
import { byGranularity } from './by-granularity.ts';
import type { ChosenLabels } from './chosen-labels.ts';
import { type ClusterRanges, createClusterRanges } from './cluster-ranges.ts';
import { hasNode } from './has-node.ts';
import { createNodePods, type NodePods } from './node-pods.ts';
import type { PodIds, PodSubject } from './pod-book.ts';

export interface ClusterNodeOptions {
  /** Asked for once, at the start. */
  readonly connect: () => Promise<KubernetesClient>;
  /** As the cluster calls it. */
  readonly node: string;
  readonly labels: ChosenLabels;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProblem: (error: unknown, resource: string) => void;
  /** Another AgentPolicy holds here, or the one that does has changed. */
  readonly onPolicy?: (policy: NodePolicy) => void;
  /** Where the AgentPolicy that holds is kept over a restart. */
  readonly keptPolicyPath?: string;
}

export interface ClusterNodeStatus {
  /** Why pods are not named, or by what was known a while ago; undefined: all is well. */
  readonly problem: { readonly reason: string; readonly remedy: string } | undefined;
  readonly synced: boolean;
  readonly pods: number;
  /** How long nothing was heard from the API server. */
  readonly staleMs: number;
}

/** What an agent knows of the cluster that its machine is a node of: the pods here, and the cluster's addresses. */
export interface ClusterNode {
  /** Waits a bounded time for the pods. Never rejects because of the cluster: `status` says what is wrong. */
  start(): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
  find(ids: PodIds): PodSubject | undefined;
  /** CIDRs of its pods, Services and nodes. */
  ranges(): readonly string[];
  /** What the cluster's AgentPolicies want of this node. */
  policy(): NodePolicy;
  status(): ClusterNodeStatus;
  policyStatus(): NodePoliciesStatus;
  stats(): Readonly<Record<string, number>>;
}

const startWaitMs = 5_000;
/** A watch that breaks is back within a second or two. */
const staleMs = 60_000;

export function createClusterNode(options: ClusterNodeOptions): ClusterNode {
  return new WatchedNode(options);
}

class WatchedNode implements ClusterNode {
  readonly #options: ClusterNodeOptions;
  #client: KubernetesClient | undefined;
  #pods: NodePods | undefined;
  #ranges: ClusterRanges | undefined;
  #policies: NodePolicies | undefined;
  /** What the pods' list or watch failed of last. */
  #lastProblem = '';
  #isUnknownNode = false;

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { connect } = this.#options;
    try {
      this.#client = await connect();
    } catch (error) {
      this.#tell(error, 'connection');
      return;
    }
    await this.#watch(this.#client);
    // Without a pod, either the node is new or it is not the one that the cluster calls so.
    if (this.#pods?.status().synced === true && this.#pods.stats().pods === 0)
      this.#isUnknownNode = (await hasNode(this.#client, this.#options.node)) === false;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#pods?.stop(), this.#ranges?.stop(), this.#policies?.stop()]);
    this.#client?.close();
  }

  find(ids: PodIds): PodSubject | undefined {
    const found = this.#pods?.find(ids);
    return found && byGranularity(found, this.policy().granularity);
  }

  ranges(): readonly string[] {
    const pods = this.#pods?.addresses().map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`) ?? [];
    return [...(this.#ranges?.ranges() ?? []), ...pods];
  }

  policy(): NodePolicy {
    return this.#policies?.current() ?? noPolicy;
  }

  policyStatus(): NodePoliciesStatus {
    return this.#policies?.status() ?? { problem: 'there is no connection to the API server', known: 0 };
  }

  status(): ClusterNodeStatus {
    const status = this.#pods?.status();
    const { synced = false, staleMs: stale = 0 } = status ?? {};
    const pods = this.#pods?.stats().pods ?? 0;
    return { synced, pods, staleMs: stale, problem: this.#problem(synced, stale) };
  }

  stats(): Readonly<Record<string, number>> {
    const status = this.#pods?.status();
    const pods = this.#pods?.stats();
    const ranges = this.#ranges?.stats();
    return {
      pods: pods?.pods ?? 0,
      pods_gone: pods?.gone ?? 0,
      pods_gone_evicted: pods?.goneEvicted ?? 0,
      pods_left_out: (status?.leftOut ?? 0) + (pods?.overflowed ?? 0),
      stale_seconds: (status?.staleMs ?? 0) / 1_000,
      relists: status?.relists ?? 0,
      failures: (status?.failures ?? 0) + (ranges?.failures ?? 0),
      ranges: ranges?.ranges ?? 0,
      too_many_nodes: ranges?.tooManyNodes ?? 0,
      ...this.#policies?.stats(),
    };
  }

  /** Until its pods and policies are known, or for a bounded time. */
  async #watch(api: KubernetesClient): Promise<void> {
    const { node, labels, environment } = this.#options;
    const common = {
      api,
      node,
      clock: systemInformerClock,
      random: Math.random,
      onProblem: (error: unknown, resource: string) => this.#tell(error, resource),
    };
    this.#pods = createNodePods({ ...common, labels });
    this.#ranges = createClusterRanges({
      ...common,
      serviceAddress: environment['KUBERNETES_SERVICE_HOST'],
    });
    this.#policies = new NodePolicies({ ...common, ...this.#policyOptions() });
    this.#pods.start();
    this.#ranges.start();
    await Promise.all([
      Promise.race([this.#pods.synced, setTimeout(startWaitMs, undefined, { ref: false })]),
      this.#policies.start(startWaitMs),
    ]);
  }

  #policyOptions(): Pick<NodePoliciesOptions, 'onChange' | 'kept'> {
    const { onPolicy, keptPolicyPath: path, onProblem } = this.#options;
    return {
      ...(onPolicy !== undefined && { onChange: onPolicy }),
      ...(path !== undefined && { kept: openKeptPolicy(path, onProblem) }),
    };
  }

  #tell(error: unknown, resource: string): void {
    if (resource === 'connection' || resource === this.#pods?.status().resource)
      this.#lastProblem = error instanceof Error ? error.message : String(error);
    this.#options.onProblem(error, resource);
  }

  #problem(synced: boolean, stale: number): ClusterNodeStatus['problem'] {
    if (this.#isUnknownNode)
      return {
        reason: `the cluster has no node ${JSON.stringify(this.#options.node)}`,
        remedy: 'set `node` (or the environment variable SACCADE_NODE) to the name of its Node object',
      };
    if (!synced) return { reason: this.#lastProblem || 'the API server has not answered yet', remedy: '' };
    if (stale < staleMs) return undefined;
    const minutes = Math.round(stale / 60_000);
    return { reason: `as of ${minutes} min ago: ${this.#lastProblem}`, remedy: '' };
  }
}
