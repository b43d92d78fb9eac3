import { join } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import type { AgentLogger } from '../agent/logger.ts';
import type { KubernetesConfig } from '../kubernetes/config-schema.ts';
import { connectKubernetes } from '../kubernetes/connect.ts';
import { type ClusterNode, createClusterNode } from '../kubernetes/node/cluster-node.ts';
import { describeNodePolicy } from '../kubernetes/policies/node-policy.ts';
import type { PartReport } from './part-report.ts';

export interface ClusterNodeContext {
  readonly node: string;
  /** Relative paths of the configuration are meant from here. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly logger: AgentLogger;
  readonly registry: Registry;
}

/** The cluster as this node's agent sees it, with its metrics; not started. */
export function openClusterNode(config: KubernetesConfig, context: ClusterNodeContext): ClusterNode {
  const { node, directory, dataDirectory, logger, registry } = context;
  const { env: environment } = process;
  const failures = new Map<string, number>();
  const cluster = createClusterNode({
    connect: () => connectKubernetes(config, { directory, environment }),
    node,
    labels: config.labels,
    environment,
    keptPolicyPath: join(dataDirectory, 'agent-policy.json'),
    onPolicy: (policy) =>
      logger.info({ policy: describeNodePolicy(policy) }, 'the AgentPolicy of this node has changed'),
    onProblem(error, resource) {
      const count = (failures.get(resource) ?? 0) + 1;
      failures.set(resource, count);
      // Told at 1, 2, 4, 8, …: an API server may be away for long.
      if ((count & (count - 1)) === 0)
        logger.warn({ err: error, resource, count }, 'the API server did not answer');
    },
  });
  registerMetrics(registry, cluster);
  return cluster;
}

/** Parts of the agent, with what the cluster wants of them, and how it is known, at this moment. */
export function withClusterParts(
  parts: readonly PartReport[],
  cluster: Pick<ClusterNode, 'status' | 'policy' | 'policyStatus'>,
): readonly PartReport[] {
  const { name, leftOut } = cluster.policy();
  const own = parts.map((part): PartReport =>
    leftOut.has(part.name)
      ? { ...part, state: 'off', detail: `left out by the AgentPolicy ${name}`, reason: '', remedy: '' }
      : part,
  );
  return [...own, clusterPart(cluster), policyPart(cluster)];
}

/** What it cannot be told never makes the agent unready: what held goes on. */
function policyPart(cluster: Pick<ClusterNode, 'policy' | 'policyStatus'>): PartReport {
  const { problem } = cluster.policyStatus();
  const detail = describeNodePolicy(cluster.policy());
  const part = { name: 'agent policy', detail, reason: problem ?? '', remedy: '' };
  return { ...part, state: problem === undefined ? 'on' : 'less' };
}

/** How names of pods are found, at this moment. */
function clusterPart(cluster: Pick<ClusterNode, 'status'>): PartReport {
  const { problem, synced, pods } = cluster.status();
  const part = { name: 'names of pods', detail: `${pods} pods of this node`, reason: '', remedy: '' };
  if (problem === undefined) return { ...part, state: 'on' };
  const isOld = synced && pods > 0;
  return { ...part, ...problem, state: isOld ? 'less' : 'missing' };
}

function registerMetrics(registry: Registry, cluster: ClusterNode): void {
  new Gauge({
    name: 'saccade_agent_cluster',
    help: 'What the agent knows of its cluster: pods here, address ranges, since when the API server is silent.',
    labelNames: ['figure'],
    registers: [registry],
    collect() {
      for (const [figure, value] of Object.entries(cluster.stats())) this.set({ figure }, value);
    },
  });
}
