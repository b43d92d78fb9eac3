import { collectDefaultMetrics, Registry } from 'prom-client';
import { createNameStage } from '../../kubernetes/names/name-stage.ts';
import { createKafkaHost, type StageBinding } from '../../stream/kafka/kafka-host.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { openCluster } from '../cluster-view.ts';
import { stageChecks } from '../health-checks.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLifecycle } from '../lifecycle.ts';
import { StartError } from '../start-error.ts';
import { openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/** `saccade name`: gives peers the names of the cluster, between the agents' topic and the judges'. */
export async function createNameProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger, onFatal } = options;
  const listen = options.listen ?? loaded.config.listen;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  await assertListenable(listen);
  const needs = { names: true, changes: false };
  const cluster = await openCluster({ loaded, needs, logger, registry });
  if (cluster === undefined)
    throw new StartError(
      'saccade name needs "kubernetes" in the configuration',
      'Add `kubernetes: {}` in a pod, or `kubernetes: {kubeconfig: FILE}` outside a cluster.',
      { exitCode: 2 },
    );
  const { client, plan } = await openKafka(loaded, 'name');
  const naming: StageBinding = {
    name: 'name',
    input: plan.raw,
    create: () => ({ stage: createNameStage(cluster.nameBatch) }),
  };
  const metrics = createPrometheusKafkaMetrics(registry);
  const host = createKafkaHost({
    client,
    plan,
    stages: [naming],
    validate: validateEvent,
    logger,
    metrics,
    onFatal,
  });
  const status = createStatusServer({
    listen,
    registry,
    health: () => stageChecks(host),
    readiness: () => [cluster.check()],
  });
  const stages = { name: 'stages', start: () => host.start(), stop: () => host.stop() };
  const lifecycle = createLifecycle([status, cluster, stages], { stopTimeoutMs });
  return {
    async start() {
      await lifecycle.start();
      const lines = [`names  ${plan.raw} into ${plan.physical('signals')}, by ${cluster.client.server}`];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}
