import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Registry } from 'prom-client';
import type { FactProvider } from '../engine/confirm-alert.ts';
import { type ClusterView, createClusterView } from '../kubernetes/cluster-view.ts';
import type { InformerClock } from '../kubernetes/informers/informer.ts';
import type { KubernetesConfig } from '../kubernetes/config-schema.ts';
import { connectKubernetes } from '../kubernetes/connect.ts';
import { CredentialsError } from '../kubernetes/credentials/credentials.ts';
import type { KubernetesClient } from '../kubernetes/api.ts';
import type { NodeLabels } from '../kubernetes/policies/node-labels.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';
import { registerClusterMetrics } from './cluster-metrics.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { HealthCheck } from './http/status-server.ts';
import type { Component } from './lifecycle.ts';
import { StartError } from './start-error.ts';

export interface ClusterComponentOptions {
  readonly loaded: LoadedConfig;
  readonly needs: { readonly names: boolean; readonly changes: boolean };
  readonly logger: Logger;
  readonly registry: Registry;
}

/** The cluster around this process. */
export interface ClusterComponent extends Component {
  readonly client: KubernetesClient;
  readonly nameBatch: (batch: ObservationBatch) => ObservationBatch;
  readonly facts: readonly FactProvider[];
  readonly changesBefore: (alert: Transition) => string | undefined;
  readonly nodeLabels: NodeLabels;
  status(): ReturnType<ClusterView['status']>;
  /** Not ready before the cluster was read once. */
  check(): HealthCheck;
}

/** How long a start waits for an API server; after it, names come as they become known. */
const patienceMs = 30_000;

export const informerClock: InformerClock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};

/** undefined: the configuration has no `kubernetes`. Throws a `StartError` for what a person must mend. */
export async function openCluster(options: ClusterComponentOptions): Promise<ClusterComponent | undefined> {
  const { loaded, needs, logger, registry } = options;
  const { kubernetes } = loaded.config;
  if (kubernetes === undefined) return undefined;
  const client = await connectCluster(kubernetes, loaded.directory);
  const view = createClusterView({
    api: client,
    clock: informerClock,
    random: Math.random,
    needs,
    onProblem: (error, resource) =>
      logger.warn(
        { resource, error: (error as Error).message },
        'Kubernetes cannot be read; known names stay',
      ),
  });
  registerClusterMetrics(registry, () => view.status());
  return {
    name: 'cluster',
    client,
    nameBatch: (batch) => view.nameBatch(batch),
    facts: view.facts,
    nodeLabels: view.nodeLabels,
    changesBefore: (alert) => view.changesBefore(alert),
    status: () => view.status(),
    check: () => checkOf(view),
    start: () => view.start(patienceMs),
    async stop() {
      await view.stop();
      client.close();
    },
  };
}

/** For who needs no names: nothing is listed. Throws a `StartError`. */
export async function connectCluster(config: KubernetesConfig, directory: string): Promise<KubernetesClient> {
  try {
    return await connectKubernetes(config, { directory, environment: process.env });
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new StartError(`kubernetes: ${error.message}`, 'Correct "kubernetes" in the configuration.', {
      exitCode: 2,
      cause: error,
    });
  }
}

function checkOf(view: ClusterView): HealthCheck {
  const { informers } = view.status();
  const unread = informers.filter(({ synced }) => !synced).map(({ resource }) => resource);
  const staleMs = Math.max(0, ...informers.map((informer) => informer.staleMs));
  const reason =
    unread.length > 0
      ? `not read yet: ${unread.join(', ')}`
      : staleMs > 0
        ? `names are ${Math.round(staleMs / 1_000)} s old: the API server is away`
        : `${informers.reduce((sum, { objects }) => sum + objects, 0)} objects known`;
  return { name: 'cluster', ok: unread.length === 0, reason };
}
