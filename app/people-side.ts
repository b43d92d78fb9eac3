import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import type { ChartSource } from './charts/create-chart-maker.ts';
import { createHistoryCharts } from './charts/history-charts.ts';
import { clusterParts } from './cluster-parts.ts';
import { createClusterResources } from './cluster-resources.ts';
import type { ClusterComponent } from './cluster-view.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { createEmbeddedConsole, type EmbeddedConsole } from './console/embedded-console.ts';
import { createControl } from './control.ts';
import { consoleRoutes } from './http/console-routes.ts';
import { controlSocketPath, createControlServer } from './http/control-server.ts';
import type { Component } from './lifecycle.ts';
import type { Observer } from './observer.ts';
import { openCaptureFiles } from './open-capture-files.ts';
import { packageVersion } from './package-root.ts';
import { createPacketCaptures } from './packet-captures.ts';
import { createPager, type Pager } from './pager.ts';
import type { Pipeline } from './pipeline.ts';
import type { FlowFinder } from './recent-flows.ts';
import type { RuleService } from './rule-service.ts';
import type { SaccadeStatus } from './saccade-status.ts';

export interface PeopleSideOptions {
  readonly loaded: LoadedConfig;
  readonly log: EmbeddedLog;
  readonly pipeline: Pipeline;
  readonly cluster: ClusterComponent | undefined;
  readonly rules: Pick<RuleService, 'current' | 'refused'>;
  readonly learnMs: number | null;
  /** Who watches the network in this process. */
  readonly observer: Pick<Observer, 'parts'>;
  /** Batches of observations that entered the stream. */
  readonly observed: () => number;
  readonly flows: FlowFinder;
  readonly chartSource: ChartSource;
  /** Where a terminal receiver writes. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly registry: Registry;
  readonly logger: Logger;
}

/** What people see of a Saccade, and how they tell it something. */
export interface PeopleSide {
  readonly pager: Pager;
  /** For commands on this machine, and for a console in a process of its own. */
  readonly control: Component;
  readonly console: EmbeddedConsole;
  /** Rules, silences and captures that are objects of the cluster; none without one. */
  readonly resources: readonly Component[];
}

export function createPeopleSide(options: PeopleSideOptions): PeopleSide {
  const { loaded, log, pipeline, observer, flows, rules, registry, logger } = options;
  const pager = createPager({
    config: loaded.notify,
    directory: loaded.directory,
    stage: pipeline.notify,
    history: pipeline.history.reader,
    charts: createHistoryCharts(options.chartSource, registry, logger),
    producer: log,
    registry,
    logger,
    output: options.output,
    observed: options.observed,
  });
  const control = createControl({
    node: loaded.config.node,
    producer: log,
    notify: pipeline.notify,
    flows,
    nowMs: () => Date.now(),
    status: () => statusOf(options, pager),
  });
  const console = createEmbeddedConsole({ loaded, log, pipeline, pager, observer, rules, control, logger });
  const routes = consoleRoutes({ ...control, view: () => console.view() });
  return {
    pager,
    control: createControlServer(controlSocketPath(loaded.dataDirectory), control, routes),
    console,
    resources: createResources(options),
  };
}

function statusOf(
  { loaded, pipeline, cluster, observer, rules }: PeopleSideOptions,
  pager: Pager,
): SaccadeStatus {
  return {
    version: packageVersion,
    node: loaded.config.node,
    stages: pipeline.host.health(),
    receivers: pager.health(),
    parts: [...observer.parts(), ...clusterParts(cluster)],
    ...(pipeline.decides && { judge: pipeline.judge.stats() }),
    rules: rules.current().rules.map(({ id }) => id),
    refused_rules: rules.refused(),
  };
}

function createResources(options: PeopleSideOptions): readonly Component[] {
  const { cluster, loaded, log, pipeline, learnMs, flows, logger } = options;
  if (cluster === undefined) return [];
  const captures = createPacketCaptures({
    history: pipeline.history.reader,
    flows,
    files: openCaptureFiles(loaded),
    producer: log,
    maxBytes: loaded.config.captures.max_bytes,
    nowMs: () => Date.now(),
  });
  const { firing, notify } = pipeline;
  return [
    createClusterResources({ cluster, loaded, learnMs, firing, notify, producer: log, captures, logger }),
  ];
}
