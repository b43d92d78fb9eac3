import { z } from 'zod';
import { listOf, numberOrShare, optionalText, section, texts, yes } from './kubernetes-shapes.ts';

export const imageValues = section('The image of all pods.', {
  repository: z.string().min(1).default('localhost/saccade').describe('Where you keep it.'),
  tag: optionalText('Empty: the version of the chart’s application.'),
  digest: z
    .string()
    .regex(/^(?:sha256:[0-9a-f]{64})?$/u)
    .default('')
    .describe('`sha256:…` of the image: wins over the tag, and cannot change behind your back.'),
  pullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe('As in Kubernetes.'),
});

export const rbacValues = section(
  'Rights with the API server, each verb with its reason in docs/kubernetes.md.',
  {
    create: yes(true, 'Make roles and their bindings.'),
    servicesOfNodes: yes(
      true,
      'Agents may read Service CIDRs and nodes, to know what is internal, and which AgentPolicy selects their node. Otherwise set `network.internal` in `agent.config`, and only policies for all nodes hold.',
    ),
  },
);

export const networkPolicyValues = section(
  'What may connect to the central pods; agents are in the nodes’ network.',
  {
    enabled: yes(true, 'Make NetworkPolicies.'),
    consoleFrom: listOf(
      'Peers that may open the console, as in a NetworkPolicy; empty: the release’s namespace.',
    ),
    metricsFrom: listOf('Peers that may read metrics; empty: everybody in the cluster.'),
    restrictEgress: yes(
      false,
      'Only to DNS, the API server, Kafka and the ports below. Off by default: receivers are anywhere.',
    ),
    egressPorts: z.array(z.int().min(1).max(65_535)).default([443, 587]).describe('TCP ports of receivers.'),
  },
);

const alert = (value: string, description: string) => z.string().default(value).describe(description);

export const monitoringValues = section('For the Prometheus operator.', {
  serviceMonitor: section('How metrics are found.', {
    enabled: yes(false, 'Make a PodMonitor.'),
    interval: z.string().default('30s').describe('Between two readings.'),
    labels: texts('By which your Prometheus selects it.'),
  }),
  prometheusRule: section('Who watches Saccade.', {
    enabled: yes(false, 'Make a PrometheusRule.'),
    labels: texts('By which your Prometheus selects it.'),
    alertLabels: z
      .record(z.string(), z.string())
      .default({ severity: 'critical' })
      .describe('Of every alert in it.'),
    agentDownFor: alert('5m', 'How long a node may be without its agent.'),
    lagRecords: z.int().min(1).default(10_000).describe('Records that wait for a stage.'),
    outboxSeconds: z.int().min(1).default(120).describe('Age of a message that has not got out.'),
  }),
});

export const availabilityValues = section('Where several pods do the same.', {
  podDisruptionBudgets: yes(true, 'A drain takes them one by one.'),
  maxUnavailable: numberOrShare(1, 'Of a component at once.'),
  spreadOverZones: yes(true, 'Prefer different zones and nodes.'),
});
