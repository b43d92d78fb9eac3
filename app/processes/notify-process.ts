import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createPrometheusIngestMetrics } from '../../stream/http/ingest-metrics.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { clusterChecks } from '../cluster-parts.ts';
import { type ClusterComponent, openCluster } from '../cluster-view.ts';
import { assertConsoleConfig } from '../console/console.ts';
import { stageChecks } from '../health-checks.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createIngest } from '../ingest/create-ingest.ts';
import { type IngestAccess, openIngestAccess } from '../ingest/ingest-access.ts';
import { openFolderStore } from '../ingest/ingest-eyes.ts';
import { createCaptureLink } from '../ingest/link-capture.ts';
import { type Component, createLifecycle } from '../lifecycle.ts';
import { openLog } from '../open-log.ts';
import { createPeopleSide } from '../people-side.ts';
import { createPipeline } from '../pipeline.ts';
import { loadStartRules, configuredSources } from '../rule-service.ts';
import { loadUserCode, type UserCode } from '../user-functions.ts';
import { openKafka, type KafkaConnection } from './kafka-connection.ts';
import { createNotifyCarrier } from './notify-carrier.ts';
import { openHistoryView } from './history-view.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';
import { openSignalSight } from './signal-sight.ts';
import { createViewTeller } from './view-teller.ts';

const stopTimeoutMs = 15_000;

/**
 * `saccade notify`: messages, console and, without PostgreSQL, the history. It keeps a copy of what it folds in a log
 * of its own, which puts the topics into one order and makes this process the same as its part of `saccade start`. Of
 * several, one works and the others are in reserve.
 */
export async function createNotifyProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded } = options;
  const { config, dataDirectory } = loaded;
  await assertListenable(options.listen ?? config.listen);
  await assertConsoleConfig(config.console, loaded.directory, config.kubernetes);
  const access = config.ingest && (await openIngestAccess(config.ingest, loaded.directory));
  const kafka = await openKafka(loaded, 'notify');
  const startRules = await loadStartRules(configuredSources(config, loaded.ruleFiles), null);
  const user = await loadUserCode(config, loaded.directory);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const needs = { names: false, changes: true };
  const cluster = await openCluster({ loaded, needs, logger: options.logger, registry });
  const metrics = createPrometheusKafkaMetrics(registry);
  const log = openLog(dataDirectory, config, metrics);
  try {
    return assemble(options, {
      kafka,
      registry,
      metrics,
      log,
      ruleSet: startRules.ruleSet,
      user,
      cluster,
      access,
    });
  } catch (error) {
    log.close();
    throw error;
  }
}

interface Frame {
  readonly kafka: KafkaConnection;
  readonly registry: Registry;
  readonly metrics: ReturnType<typeof createPrometheusKafkaMetrics>;
  readonly log: EmbeddedLog;
  readonly ruleSet: Awaited<ReturnType<typeof loadStartRules>>['ruleSet'];
  readonly user: UserCode;
  readonly access: IngestAccess | undefined;
  readonly cluster: ClusterComponent | undefined;
}

function assemble(options: ProcessOptions, frame: Frame): SaccadeProcess {
  const { loaded, logger, onFatal } = options;
  const { config, dataDirectory } = loaded;
  const { kafka, registry, metrics, log, ruleSet, cluster } = frame;
  const sight = openSignalSight({ loaded, kafka, process: 'notify', metrics, logger });
  const view = openHistoryView(loaded, logger);
  let isInCharge = false;
  const pipeline = createPipeline({
    ...frame,
    loaded,
    deciding: undefined,
    isPresent: () => isInCharge,
    logger,
    onFatal,
  });
  const store = openFolderStore(loaded);
  const takesFiles = frame.access !== undefined || config.captures.store?.s3 !== undefined;
  const linkCapture = takesFiles ? createCaptureLink(loaded, store) : undefined;
  const carrier = createNotifyCarrier({
    kafka,
    log,
    topics: sight.topics,
    onObservations: (batch) => sight.note(batch),
    linkCapture,
    metrics,
    logger,
    onFatal,
  });
  const ingest =
    frame.access &&
    createIngest({
      access: frame.access,
      store,
      events: undefined,
      metrics: createPrometheusIngestMetrics(registry, () => undefined),
      logger,
    });
  const people = createPeopleSide({
    ...frame,
    loaded,
    pipeline,
    rules: { current: () => ruleSet, refused: () => [] },
    learnMs: config.rules.learn ?? null,
    observer: { parts: () => [] },
    observed: () => sight.observed(),
    flows: sight.flows,
    chartSource: view.chartSource,
    output: options.output,
    logger,
  });
  const { pager, console } = people;
  const status = createStatusServer({
    listen: options.listen ?? config.listen,
    registry,
    health: () => stageChecks(pipeline.host),
    readiness: () => [carrier.check(), ...clusterChecks(cluster)],
  });
  registerLag(registry, () => carrier.lag());
  // One at a time writes the status of the cluster's objects, too: the one that reads the topics.
  const inCharge = [
    pager,
    pipeline.functions,
    ...people.resources,
    ...(config.history.postgres ? [createViewTeller({ kafka, view: () => console.view(), logger })] : []),
  ];
  const working = onceInCharge(
    async () => {
      await carrier.inCharge();
      isInCharge = true;
    },
    inCharge,
    onFatal,
  );
  const lifecycle = createLifecycle(
    [
      { name: 'log', start: async () => {}, stop: async () => log.close() },
      status,
      ...(cluster ? [cluster] : []),
      pipeline,
      ...(ingest ? [ingest] : []),
      view,
      sight,
      carrier,
      people.control,
      console,
      working,
    ],
    { stopTimeoutMs },
  );
  return {
    async start() {
      await lifecycle.start();
      const lines = [
        `tells  ${pager.receivers.join(', ')} of ${kafka.plan.physical('alerts')}`,
        `console ${console.url() ?? 'switched off (console.enabled)'}`,
        `data   ${dataDirectory}`,
      ];
      return { statusUrl: status.url(), lines };
    },
    stop: () => lifecycle.stop(),
  };
}

/** Nobody is told anything before everything that was told already is known here. */
function onceInCharge(
  inCharge: () => Promise<void>,
  components: readonly Component[],
  onFatal: (error: Error) => void,
): Component {
  const lifecycle = createLifecycle(components, { stopTimeoutMs });
  let stopped = false;
  let begun: Promise<void> | undefined;
  return {
    name: 'sender',
    async start() {
      inCharge()
        .then(() => (stopped ? undefined : (begun = lifecycle.start())))
        .catch((error: unknown) => onFatal(error instanceof Error ? error : new Error(String(error))));
    },
    async stop() {
      stopped = true;
      await begun;
      await lifecycle.stop();
    },
  };
}

function registerLag(registry: Registry, lag: () => number | undefined): void {
  new Gauge({
    name: 'saccade_mirror_lag_records',
    help: 'Records of Kafka that this process has still to read; -1: in reserve.',
    registers: [registry],
    collect() {
      this.set(lag() ?? -1);
    },
  });
}
