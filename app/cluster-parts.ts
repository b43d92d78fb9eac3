import type { Logger } from 'pino';
import type { FactProvider } from '../engine/confirm-alert.ts';
import { createChangesStage } from '../kubernetes/changes/changes-stage.ts';
import type { Producer, Stage } from '../stream/port.ts';
import type { ClusterComponent } from './cluster-view.ts';
import type { HealthCheck } from './http/status-server.ts';
import type { PartReport } from './part-report.ts';

type Cluster = ClusterComponent | undefined;

/** A user's own source of a name goes before the cluster's. */
export function factProviders(own: readonly FactProvider[], cluster: Cluster): readonly FactProvider[] {
  return [...own, ...(cluster?.facts ?? [])];
}

/** Notes with alerts what changed before them. Ahead of `confirm`, so that the note is there when they are told. */
export function changesStages(cluster: Cluster, producer: Producer, logger: Logger): readonly Stage[] {
  if (cluster === undefined) return [];
  return [
    createChangesStage({
      changesBefore: cluster.changesBefore,
      producer,
      nowMs: () => Date.now(),
      onAppendFailure: (error) =>
        logger.error({ err: error }, 'what changed before an alert was not taken by the log'),
    }),
  ];
}

export function clusterChecks(cluster: Cluster): readonly HealthCheck[] {
  return cluster === undefined ? [] : [cluster.check()];
}

/** For `saccade status`. */
export function clusterParts(cluster: Cluster): readonly PartReport[] {
  if (cluster === undefined) return [];
  const { ok, reason } = cluster.check();
  const { named, unnamed } = cluster.status().naming;
  const share =
    named + unnamed === 0 ? '' : `; ${shareText(unnamed / (named + unnamed))} of peers without a name`;
  const remedy = 'It goes on trying; look into the log for what the API server said.';
  const detail = `${cluster.client.server}: ${reason}${share}`;
  return [{ name: 'cluster', state: ok ? 'on' : 'missing', detail, reason: ok ? '' : reason, remedy }];
}

const shareText = (share: number): string => `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`;
