import { Registry } from 'prom-client';
import { registerAgentMetrics } from '../../agent/agent-metrics.ts';
import { registerRowMetrics } from '../../agent/row-metrics/row-metrics.ts';
import { registerClusterMetrics } from '../../app/cluster-metrics.ts';
import { createLeftOutCounter } from '../../app/left-out-counter.ts';
import { registerNameMetrics } from '../../app/name-metrics.ts';
import { registerRecorderMetrics } from '../../app/recorder-metrics.ts';
import { createReloadCounter } from '../../app/reload-counter.ts';
import { createNotifyMetrics } from '../../notifiers/notify-metrics.ts';
import { createPrometheusStreamMetrics } from '../../stream/prometheus-stream-metrics.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { code, codeList, table } from './markdown.ts';

const introduction = `At \`/metrics\` of the address that \`listen\` names, in the Prometheus text format, beside the usual \`process_*\` and \`nodejs_*\`
of prom-client. Which of them to alert on: [operations](../operations.md#what-to-alert-on).`;

/** prom-client keeps these of every metric, though its types do not say so of labels. */
interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

export function metricsPage(): GeneratedFile {
  const metrics = unreadRegistry().getMetricsAsArray() as unknown as readonly RegisteredMetric[];
  const rows = metrics
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, type, labelNames, help }) => [code(name), type, codeList(labelNames), help]);
  return referencePage('metrics', 'Metrics', [
    introduction,
    table(['metric', 'type', 'labels', 'meaning'], rows),
  ]);
}

/** Metrics read their values when they are scraped, which these never are. */
const unread = {} as never;

function unreadRegistry(): Registry {
  const registry = new Registry();
  createPrometheusStreamMetrics(registry);
  registerClusterMetrics(registry, unread);
  createNotifyMetrics(registry, unread);
  createLeftOutCounter(registry);
  createReloadCounter(registry);
  registerNameMetrics(registry, unread);
  registerRecorderMetrics(registry, unread);
  registerAgentMetrics(registry, unread);
  registerRowMetrics(registry, unread, unread);
  return registry;
}
