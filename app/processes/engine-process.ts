import { collectDefaultMetrics, Registry } from 'prom-client';
import { createKafkaHost } from '../../stream/kafka/kafka-host.ts';
import { createKafkaProducer } from '../../stream/kafka/kafka-producer.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { connectCluster } from '../cluster-view.ts';
import { stageChecks } from '../health-checks.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { registerJudgeMetrics } from '../judge-metrics.ts';
import { createLifecycle } from '../lifecycle.ts';
import { createRuleService, loadStartRules, configuredSources } from '../rule-service.ts';
import { createEngineStages } from './engine-stages.ts';
import { createClusterRuleService } from './cluster-rule-service.ts';
import { openKafka } from './kafka-connection.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 15_000;

/** `saccade engine`: judges the partitions that the group gives it. No state but in Kafka. */
export async function createEngineProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded, logger, onFatal } = options;
  const { config, ruleFiles } = loaded;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const learnMs = options.learnMs ?? config.rules.learn ?? null;
  const startRules = await loadStartRules(configuredSources(config, ruleFiles), learnMs);
  const listen = options.listen ?? config.listen;
  await assertListenable(listen);
  // Only for the rules of the cluster: an engine names nothing.
  const api = config.kubernetes && (await connectCluster(config.kubernetes, loaded.directory));
  const { client, plan } = await openKafka(loaded, 'engine');
  const metrics = createPrometheusKafkaMetrics(registry);
  const sender = client.createSender();
  const producer = createKafkaProducer({ sender, plan, validate: validateEvent, metrics });
  const stages = createEngineStages(plan);
  registerJudgeMetrics(registry, () => stages.judges());
  const host = createKafkaHost({
    client,
    plan,
    stages: stages.bindings,
    validate: validateEvent,
    logger,
    metrics,
    onFatal,
  });
  const rules =
    api === undefined
      ? createRuleService({ rules: startRules, producer, logger, registry })
      : createClusterRuleService({
          cluster: { client: api },
          loaded,
          rules: startRules,
          producer,
          logger,
          registry,
        });
  const status = createStatusServer({
    listen,
    registry,
    health: () => stageChecks(host),
    readiness: () => rules.refused().map((reason) => ({ name: 'rules', ok: false, reason })),
  });
  const lifecycle = createLifecycle(
    [
      status,
      { name: 'sender', start: async () => {}, stop: () => sender.close() },
      { name: 'stages', start: () => host.start(), stop: () => host.stop() },
      ...(api ? [{ name: 'cluster', start: async () => {}, stop: async () => api.close() }] : []),
      rules,
    ],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      const lines = [
        `judges ${plan.physical('signals')} with the other engines of ${plan.prefix}.judge`,
        `rules  ${rules.current().rules.length}`,
      ];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}
