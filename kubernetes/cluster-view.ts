import type { ObservationBatch } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';
import type { KubernetesReader } from './api.ts';
import { describeChanges } from './changes/alert-surroundings.ts';
import { ClusterChanges } from './changes/cluster-changes.ts';
import { type ClusterFactProvider, createClusterFacts } from './changes/cluster-facts.ts';
import type { InformerClock, InformerStatus } from './informers/informer.ts';
import { createInformerSet } from './informers/informer-set.ts';
import { ClusterDirectory } from './names/cluster-directory.ts';
import { namePeers } from './names/name-peers.ts';
import { NodeLabels } from './policies/node-labels.ts';
import { watchCluster } from './watch-cluster.ts';

export interface ClusterViewOptions {
  readonly api: KubernetesReader;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
  /** What of it is needed here: names cost services and endpoints, changes cost workloads and policies. */
  readonly needs: { readonly names: boolean; readonly changes: boolean };
}

/** Peers of rows since the start, by whether they got a name. */
export interface NamingStatus {
  readonly named: number;
  readonly unnamed: number;
}

export interface ClusterViewStatus {
  readonly informers: readonly InformerStatus[];
  readonly naming: NamingStatus;
  readonly directory: Readonly<Record<string, number>>;
  readonly changes: Readonly<Record<string, number>>;
}

/** What is known of the cluster, as far as this process needs it. */
export interface ClusterView {
  /** Resolves when everything was listed once, or after `patienceMs`. */
  start(patienceMs: number): Promise<void>;
  stop(): Promise<void>;
  /** With its peers named as of its moment. */
  nameBatch(batch: ObservationBatch): ObservationBatch;
  /** Who knows `node.…` and `rollout.…` for `confirm`. */
  readonly facts: readonly ClusterFactProvider[];
  /** What changed around an alert before it; undefined: nothing. */
  changesBefore(alert: Pick<Transition, 'subject' | 'peer' | 'started_at_ms'>): string | undefined;
  readonly nodeLabels: NodeLabels;
  status(): ClusterViewStatus;
}

export function createClusterView(options: ClusterViewOptions): ClusterView {
  const { clock, needs } = options;
  const nowMs = () => clock.nowMs();
  const set = createInformerSet(options);
  const directory = new ClusterDirectory();
  const changes = new ClusterChanges(nowMs);
  const nodeLabels = new NodeLabels();
  watchCluster(set, {
    nodeLabels,
    ...(needs.names && { directory }),
    ...(needs.changes && { changes }),
  });
  let naming: NamingStatus = { named: 0, unnamed: 0 };
  return {
    start: (patienceMs) => set.start(patienceMs),
    stop: () => set.stop(),
    nameBatch(batch) {
      const { batch: done, named, unnamed } = namePeers(batch, directory);
      naming = { named: naming.named + named, unnamed: naming.unnamed + unnamed };
      return done;
    },
    facts: needs.changes ? createClusterFacts(changes, nowMs) : [],
    nodeLabels,
    changesBefore: (alert) => describeChanges(alert, changes),
    status: () => ({
      informers: set.status(),
      naming,
      directory: directory.stats(),
      changes: { ...changes.stats() },
    }),
  };
}
