import { join } from 'node:path';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { compileRules } from '../rules/compile.ts';
import { compileOnce, type Compile } from '../rules/compile-once.ts';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import { createPrometheusStreamMetrics } from '../stream/prometheus-stream-metrics.ts';
import type { StreamMetrics } from '../stream/stream-metrics.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { assertConsoleConfig } from './console/console.ts';
import { withClusterRules } from './cluster-resources.ts';
import { clusterChecks } from './cluster-parts.ts';
import { type ClusterComponent, openCluster } from './cluster-view.ts';
import { pressureOf, readinessChecks, stageChecks } from './health-checks.ts';
import { assertListenable, createStatusServer } from './http/status-server.ts';
import { registerJudgeMetrics } from './judge-metrics.ts';
import { createLifecycle } from './lifecycle.ts';
import { createPostgresRecord } from './record-postgres.ts';
import type { OpenEyes } from './eyes.ts';
import { openLocalEyes } from './local-eyes.ts';
import { databasePath, openLog } from './open-log.ts';
import { packageRoot, packageVersion } from './package-root.ts';
import { createPeopleSide } from './people-side.ts';
import { createPipeline } from './pipeline.ts';
import { registerProcessMetrics } from './process-metrics.ts';
import { RecentFlows } from './recent-flows.ts';
import { createRuleService, loadStartRules, type RuleService, configuredSources } from './rule-service.ts';
import type { StartReport } from './screen.ts';
import { loadUserCode, type UserCode } from './user-functions.ts';

export interface SaccadeOptions {
  readonly loaded: LoadedConfig;
  /** Overrides the configuration's. */
  readonly listen?: string | undefined;
  readonly learnMs?: number | undefined;
  readonly logger: Logger;
  /** Where a terminal receiver writes. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Holds `build/ARCH/*.bpf.o`; default: that of this package. */
  readonly bpfDirectory?: string | undefined;
  /** Where the observations come from; default: this machine. */
  readonly openEyes?: OpenEyes;
  /** Something failed for good: the process must end with an error. */
  readonly onFatal: (error: Error) => void;
}

export interface Saccade {
  /** Rolls back and throws a `StartError` for what a person must mend. */
  start(): Promise<StartReport>;
  /** Idempotent. Everything that was decided is on disk afterwards. */
  stop(): Promise<void>;
}

const stopTimeoutMs = 10_000;
const maxRecentFlows = 10_000;

/** What the parts have in common. */
interface Frame {
  readonly log: EmbeddedLog;
  readonly registry: Registry;
  readonly metrics: StreamMetrics;
  readonly rules: RuleService;
  readonly compile: Compile;
  readonly learnMs: number | null;
  readonly user: UserCode;
  readonly cluster: ClusterComponent | undefined;
}

/**
 * The whole of Saccade in one process: agent, stream, engine, notifiers, captures, history. What a person has to mend
 * is looked for before the data folder is touched, so that a refused start leaves nothing behind.
 */
export async function createSaccade(options: SaccadeOptions): Promise<Saccade> {
  const { config, dataDirectory, ruleFiles } = options.loaded;
  const registry = new Registry();
  registerProcessMetrics(registry);
  const metrics = createPrometheusStreamMetrics(registry);
  const learnMs = options.learnMs ?? config.rules.learn ?? null;
  const compile = compileOnce(compileRules);
  const sources = configuredSources(config, ruleFiles);
  const startRules = await loadStartRules(sources, learnMs, compile);
  const user = await loadUserCode(config, options.loaded.directory);
  const needs = { names: true, changes: true };
  const cluster = await openCluster({ loaded: options.loaded, needs, logger: options.logger, registry });
  await assertListenable(options.listen ?? config.listen);
  await assertConsoleConfig(config.console, options.loaded.directory, config.kubernetes);
  const log = openLog(dataDirectory, config, metrics);
  try {
    const rules = createRuleService({
      rules: await withClusterRules(options.loaded, startRules, compile),
      producer: log,
      logger: options.logger,
      registry,
    });
    return assemble(options, { log, registry, metrics, rules, compile, learnMs, user, cluster });
  } catch (error) {
    log.close();
    throw error;
  }
}

function assemble(options: SaccadeOptions, frame: Frame): Saccade {
  const { loaded, logger } = options;
  const { config, dataDirectory } = loaded;
  const { log, registry, rules, learnMs, cluster } = frame;

  const flows = new RecentFlows(maxRecentFlows);
  const openEyes = options.openEyes ?? openLocalEyes(options.bpfDirectory ?? join(packageRoot, 'bpf'));
  const eyes = openEyes({
    loaded,
    log,
    registry,
    logger,
    nameBatch: cluster?.nameBatch ?? ((batch) => batch),
    note: (batch) => flows.note(batch),
    pressure: () => pressureOf(pipeline.host),
    onFatal: options.onFatal,
  });
  const pipeline = createPipeline({
    ...frame,
    loaded,
    deciding: { compile: frame.compile, captures: eyes.captures },
    logger,
    onFatal: options.onFatal,
  });
  registerJudgeMetrics(registry, () => [{ stage: 'judge', judge: pipeline.judge }]);
  const people = createPeopleSide({
    ...frame,
    loaded,
    pipeline,
    observer: eyes,
    observed: () => eyes.observed(),
    flows,
    chartSource: { databasePath: databasePath(dataDirectory) },
    output: options.output,
    logger,
  });
  const { pager, console } = people;
  const status = createStatusServer({
    listen: options.listen ?? config.listen,
    registry,
    health: () => stageChecks(pipeline.host),
    readiness: () => [...readinessChecks(pager, eyes, rules), ...clusterChecks(cluster)],
  });
  const lifecycle = createLifecycle(
    [
      { name: 'log', start: async () => {}, stop: async () => log.close() },
      status,
      ...(cluster ? [cluster] : []),
      pipeline,
      ...createPostgresRecord({ loaded, log, registry, logger, onFatal: options.onFatal }),
      pager,
      pipeline.functions,
      rules,
      ...people.resources,
      people.control,
      eyes,
      console,
    ],
    { stopTimeoutMs },
  );

  async function start(): Promise<StartReport> {
    await lifecycle.start();
    return {
      version: packageVersion,
      cluster: config.cluster,
      node: config.node,
      machine: eyes.machine,
      parts: eyes.parts(),
      rules: rules.current().rules.map(({ alert, signal, dryRun }) => ({ alert, signal: signal.id, dryRun })),
      learnMs,
      dataDirectory,
      statusUrl: status.url(),
      consoleUrl: console.url(),
      configPath: loaded.path,
      receivers: pager.receivers,
      defaultReceivers: loaded.notify.defaulted,
    };
  }
  return { start, stop: () => lifecycle.stop() };
}
