import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../test/lab/host.ts';
import type { LabProcess } from '../../test/lab/lab-process.ts';
import { programPath } from '../../test/lab/program-path.ts';
import {
  alertmanagerYaml,
  prometheusYaml,
  rulesYaml,
  type StackPorts,
  type StackSettings,
} from './prometheus-config.ts';

/** One stack that runs in a host, watching that host's own counters. */
export interface PrometheusStack {
  readonly name: string;
  readonly webhookPort: number;
  readonly processes: readonly LabProcess[];
}

export interface PrometheusStacks {
  readonly stacks: readonly PrometheusStack[];
  /** Prints `{port, status, at_ms}` for each notification. */
  readonly sink: LabProcess;
}

const startWithinMs = 30_000;

/** Starts the real programs, one node_exporter, Prometheus and Alertmanager a setting, with ports of the host's own. */
export async function startPrometheusStacks(
  host: Host,
  settings: readonly StackSettings[],
  folder: string,
): Promise<PrometheusStacks> {
  const planned = settings.map((setting, index) => ({ setting, ports: portsOf(index) }));
  const sink = host.spawnProgram(
    programPath(import.meta.url, './webhook-sink'),
    planned.map(({ ports }) => String(ports.webhook)),
  );
  for (const { ports } of planned) await sink.waitForJson('listening', ports.webhook, startWithinMs);
  const stacks: PrometheusStack[] = [];
  for (const { setting, ports } of planned)
    stacks.push(await startStack(host, setting, ports, join(folder, String(ports.prometheus))));
  return { stacks, sink };
}

function portsOf(index: number): StackPorts {
  const base = 9100 + index * 10;
  return { exporter: base, prometheus: base + 1, alertmanager: base + 2, webhook: base + 3 };
}

async function startStack(
  host: Host,
  settings: StackSettings,
  ports: StackPorts,
  folder: string,
): Promise<PrometheusStack> {
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  await writeFile(file('rules.yml'), rulesYaml(settings));
  await writeFile(file('prometheus.yml'), prometheusYaml(settings, ports, file('rules.yml')));
  await writeFile(file('alertmanager.yml'), alertmanagerYaml(settings, ports));
  const exporter = host.spawn('prometheus-node-exporter', [
    `--web.listen-address=127.0.0.1:${ports.exporter}`,
    '--collector.disable-defaults',
    '--collector.netstat',
  ]);
  const alertmanager = host.spawn('prometheus-alertmanager', [
    `--config.file=${file('alertmanager.yml')}`,
    `--storage.path=${file('alertmanager')}`,
    `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
    '--cluster.listen-address=',
  ]);
  const prometheus = host.spawn('prometheus', [
    `--config.file=${file('prometheus.yml')}`,
    `--storage.tsdb.path=${file('data')}`,
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
  ]);
  const processes = [exporter, alertmanager, prometheus];
  await ready(host, ports.prometheus, processes);
  await ready(host, ports.alertmanager, processes);
  return { name: settings.name, webhookPort: ports.webhook, processes };
}

/** Asks `/-/ready` from within the host until it answers. */
async function ready(host: Host, port: number, processes: readonly LabProcess[]): Promise<void> {
  const script = `for (;;) { const r = await fetch('http://127.0.0.1:${port}/-/ready').catch(() => undefined);
    if (r?.ok) break; await new Promise((done) => setTimeout(done, 100)); } console.log('{"ready":true}');`;
  const probe = host.spawn(process.execPath, ['--input-type=module', '-e', script]);
  await Promise.race([
    probe.waitForJson('ready', true, startWithinMs),
    ...processes.map(async (one) => {
      const { code } = await one.exited;
      throw new Error(`a part of the stack ended with ${code}: ${one.stderr.slice(-500)}`);
    }),
  ]);
}
