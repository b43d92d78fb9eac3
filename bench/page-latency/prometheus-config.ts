/** How a stack of node_exporter, Prometheus and Alertmanager is set. */
export interface StackSettings {
  readonly name: string;
  readonly scrapeMs: number;
  readonly rateWindow: string;
  readonly forDuration: string;
  readonly groupWait: string;
  readonly groupInterval: string;
}

/** Prometheus' and Alertmanager's documented defaults, and what is left when all waiting is taken out. */
export const stackSettings: readonly StackSettings[] = [
  {
    name: 'prometheus 15 s, documented settings',
    scrapeMs: 15_000,
    rateWindow: '1m',
    forDuration: '1m',
    groupWait: '30s',
    groupInterval: '5m',
  },
  {
    name: 'prometheus 1 s, no waits',
    scrapeMs: 1000,
    rateWindow: '4s',
    forDuration: '0s',
    groupWait: '0s',
    groupInterval: '1s',
  },
  {
    name: 'prometheus 250 ms, no waits',
    scrapeMs: 250,
    rateWindow: '1s',
    forDuration: '0s',
    groupWait: '0s',
    groupInterval: '1s',
  },
];

/** The share of segments resent, of the whole host: node_exporter knows no workloads and counts pure ACKs too. */
const lossAlert = 'RetransmitRatio';

export interface StackPorts {
  readonly exporter: number;
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly webhook: number;
}

export function prometheusYaml(settings: StackSettings, ports: StackPorts, rulesFile: string): string {
  return `global: {scrape_interval: ${settings.scrapeMs}ms, evaluation_interval: ${settings.scrapeMs}ms, scrape_timeout: ${Math.min(settings.scrapeMs, 10_000)}ms}
rule_files: [${rulesFile}]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:${ports.alertmanager}']}]}]}
scrape_configs: [{job_name: node, static_configs: [{targets: ['127.0.0.1:${ports.exporter}']}]}]
`;
}

export function rulesYaml(settings: StackSettings): string {
  const ratio = (metric: string) => `rate(node_netstat_Tcp_${metric}[${settings.rateWindow}])`;
  return `groups:
- name: tcp
  rules:
  - {alert: ${lossAlert}, expr: '${ratio('RetransSegs')} / ${ratio('OutSegs')} > 0.01', for: ${settings.forDuration}}
`;
}

export function alertmanagerYaml(settings: StackSettings, ports: StackPorts): string {
  return `route: {receiver: sink, group_wait: ${settings.groupWait}, group_interval: ${settings.groupInterval}, repeat_interval: 4h}
receivers: [{name: sink, webhook_configs: [{url: 'http://127.0.0.1:${ports.webhook}/', send_resolved: true}]}]
`;
}
