import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createJudgeStage } from '../../engine/judge.ts';
import { createHistory } from '../../history/history.ts';
import { createFiringStage } from '../../kubernetes/resources/firing-stage.ts';
import { createNotifyStage } from '../../notifiers/stage/notify-stage.ts';
import { compileRules } from '../../rules/compile.ts';
import { systemClock } from '../../stream/clock.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createPrometheusIngestMetrics } from '../../stream/http/ingest-metrics.ts';
import { createPrometheusKafkaMetrics } from '../../stream/kafka/prometheus-kafka-metrics.ts';
import { createHistoryCharts } from '../charts/history-charts.ts';
import { changesStages, clusterChecks, clusterParts, factProviders } from '../cluster-parts.ts';
import { createClusterResources } from '../cluster-resources.ts';
import { type ClusterComponent, openCluster } from '../cluster-view.ts';
import { createConfirmation } from '../confirmation.ts';
import { assertConsoleConfig } from '../console/console.ts';
import { createEmbeddedConsole } from '../console/embedded-console.ts';
import { createControl } from '../control.ts';
import { stageChecks } from '../health-checks.ts';
import { historyLimits } from '../history-limits.ts';
import { consoleRoutes } from '../http/console-routes.ts';
import { controlSocketPath, createControlServer } from '../http/control-server.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createIngest } from '../ingest/create-ingest.ts';
import { type IngestAccess, openIngestAccess } from '../ingest/ingest-access.ts';
import { openFolderStore } from '../ingest/ingest-eyes.ts';
import { createCaptureLink } from '../ingest/link-capture.ts';
import { createLeftOutCounter } from '../left-out-counter.ts';
import { type Component, createLifecycle } from '../lifecycle.ts';
import { openCaptureFiles } from '../open-capture-files.ts';
import { openLog } from '../open-log.ts';
import { packageVersion } from '../package-root.ts';
import { createPacketCaptures } from '../packet-captures.ts';
import { createPager } from '../pager.ts';
import { loadStartRules, configuredSources } from '../rule-service.ts';
import { createUserFunctions, loadUserCode, type UserCode } from '../user-functions.ts';
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
  const leftOut = createLeftOutCounter(registry);
  const sight = openSignalSight({ loaded, kafka, process: 'notify', metrics, logger });
  const view = openHistoryView(loaded, logger);
  const notify = createNotifyStage({
    config: loaded.notify,
    consoleUrl: config.console.url ?? config.console.oidc?.url,
    onCount: (reason) => leftOut.inc({ stage: 'notify', reason }, 1),
  });
  const history = createHistory({
    database: log.database,
    clock: systemClock,
    limits: historyLimits(config),
    logger,
    onDropped: (count) => leftOut.inc({ stage: 'record', reason: 'series' }, count),
  });
  const userFunctions = createUserFunctions({
    configs: config.functions,
    functions: frame.user.functions,
    producer: log,
    registry,
    logger,
  });
  const confirmation = createConfirmation({
    providers: factProviders(frame.user.facts, cluster),
    producer: log,
    registry,
    logger,
  });
  const firing = createFiringStage();
  const stages = [
    notify,
    ...(cluster ? [firing] : []),
    ...changesStages(cluster, log, logger),
    confirmation,
    userFunctions.stage,
    history.stage,
  ];
  let isInCharge = false;
  const host = createEmbeddedHost({
    log,
    stages,
    clock: systemClock,
    isPresent: () => isInCharge,
    logger,
    metrics,
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
  const pager = createPager({
    config: loaded.notify,
    directory: loaded.directory,
    stage: notify,
    history: history.reader,
    charts: createHistoryCharts(view.chartSource, registry, logger),
    producer: log,
    registry,
    logger,
    output: options.output,
    observed: () => sight.observed(),
  });
  const status = createStatusServer({
    listen: options.listen ?? config.listen,
    registry,
    health: () => stageChecks(host),
    readiness: () => [carrier.check(), ...clusterChecks(cluster)],
  });
  const handlers = createControl({
    node: config.node,
    producer: log,
    notify,
    flows: sight.flows,
    nowMs: () => Date.now(),
    status: () => ({
      version: packageVersion,
      node: config.node,
      stages: host.health(),
      receivers: pager.health(),
      parts: clusterParts(cluster),
      rules: ruleSet.rules.map(({ id }) => id),
      refused_rules: [],
    }),
  });
  const console = createEmbeddedConsole({
    loaded,
    log,
    // Judges are elsewhere: this one holds nothing, so the console shows the rules without their keys.
    pipeline: { host, notify, judge: createJudgeStage({ compile: compileRules }) },
    pager,
    observer: { parts: () => [] },
    rules: { current: () => ruleSet, refused: () => [] },
    control: handlers,
    logger,
  });
  registerLag(registry, () => carrier.lag());
  const learnMs = config.rules.learn ?? null;
  const captures = createPacketCaptures({
    history: history.reader,
    flows: sight.flows,
    files: openCaptureFiles(loaded),
    producer: log,
    maxBytes: config.captures.max_bytes,
    nowMs: () => Date.now(),
  });
  const resources =
    cluster &&
    createClusterResources({ cluster, loaded, learnMs, firing, notify, producer: log, captures, logger });
  // One at a time writes the status of the cluster's objects, too: the one that reads the topics.
  const inCharge = [
    pager,
    userFunctions.runner,
    ...(resources ? [resources] : []),
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
      { name: 'stages', start: async () => host.start(), stop: () => host.stop() },
      {
        name: 'retention',
        start: async () => history.retention.start(),
        stop: () => history.retention.stop(),
      },
      ...(ingest ? [ingest] : []),
      view,
      sight,
      carrier,
      createControlServer(
        controlSocketPath(dataDirectory),
        handlers,
        consoleRoutes({ ...handlers, view: () => console.view() }),
      ),
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
