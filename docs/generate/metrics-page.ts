import { Registry } from 'prom-client';
import { registerAgentMetrics } from '../../agent/agent-metrics.ts';
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

/** The metrics of a Saccade that does not run: names, labels and help are all that is read. */
export async function metricsPage(): Promise<GeneratedFile> {
  const registry = idleRegistry();
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map(({ name, type, help }) => [code(name), String(type), codeList(labelsOf(registry, name)), help]);
  return referencePage('metrics', 'Metrics', [
    introduction,
    table(['metric', 'type', 'labels', 'meaning'], rows),
  ]);
}

const idleReader = {
  start: async () => ({ attached: true, notes: [] }) as const,
  stop: async () => {},
  health: () => ({ counters: {}, mapFullness: {} }),
};

function idleRegistry(): Registry {
  const registry = new Registry();
  createPrometheusStreamMetrics(registry);
  createNotifyMetrics(registry, () => undefined);
  createLeftOutCounter(registry);
  createReloadCounter(registry);
  registerNameMetrics(registry, {
    stats: () => ({}),
    dnsReader: idleReader,
  });
  registerRecorderMetrics(registry, { status: () => undefined });
  registerAgentMetrics(registry, {
    signals: () => [],
    probes: () => [],
    candidates: () => ({ flushed: 0, refused: 0 }),
    failures: () => ({}),
    batches: () => 0,
  });
  return registry;
}

/** prom-client keeps the names of labels, though its types do not say so. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric = registry.getSingleMetric(name) as { readonly labelNames?: readonly string[] } | undefined;
  return metric?.labelNames ?? [];
}
