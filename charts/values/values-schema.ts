import { z } from 'zod';
import { agentValues } from './agent-values.ts';
import {
  consoleValues,
  engineValues,
  nameValues,
  notifyValues,
  recordValues,
  serverValues,
} from './central-values.ts';
import {
  availabilityValues,
  imageValues,
  monitoringValues,
  networkPolicyValues,
  rbacValues,
} from './cluster-values.ts';
import { kafkaValues } from './kafka-values.ts';
import { listOf, mapping, optionalText, section, texts } from './kubernetes-shapes.ts';
import { capturesValues, postgresValues } from './store-values.ts';

export const profiles = ['small', 'standard', 'large'] as const;

/**
 * Every value of the chart, with its default and its meaning: `values.yaml`, `values.schema.json` and the reference are
 * generated from it.
 */
export const valuesSchema = z.strictObject({
  profile: z
    .enum(profiles)
    .default('small')
    .describe(
      '`small`: no Kafka, one server pod. `standard`: your Kafka. `large`: more of everything, KEDA.',
    ),
  cluster: z.string().min(1).default('local').describe('Name of this cluster in every alert.'),
  paging: z
    .enum(['observe', 'page'])
    .default('observe')
    .describe(
      '`observe`: judged, recorded, shown, told to nobody; `saccade alerts report` says what would have been sent. `page`: receivers are told.',
    ),
  notifications: mapping(
    'Section `notifications` of the configuration file: routes and receivers. Their secrets by `secrets`.',
  ),
  secrets: texts(
    'Existing Secrets of the central pods by a name of yours: mounted at /etc/saccade/secrets/NAME/.',
  ),
  rules: texts(
    'Rule files and overlays of yours: file name to YAML text. Changes are taken without a restart.',
  ),
  config: mapping('Keys of the configuration file for the central pods; they win over those of the chart.'),
  image: imageValues,
  imagePullSecrets: listOf('For a private registry: `[{name: registry}]`.'),
  agent: agentValues,
  server: serverValues,
  engine: engineValues,
  notify: notifyValues,
  name: nameValues,
  record: recordValues,
  console: consoleValues,
  kafka: kafkaValues,
  postgres: postgresValues,
  captures: capturesValues,
  serviceAccountAnnotations: texts(
    'Of the service accounts of the central pods, such as a role of your cloud; the agent has its own.',
  ),
  rbac: rbacValues,
  networkPolicy: networkPolicyValues,
  monitoring: monitoringValues,
  availability: availabilityValues,
  test: section('`helm test` sends a test message.', {
    receiver: z
      .string()
      .default('terminal')
      .describe('Name of the receiver that it goes to, also while observing.'),
  }),
  nameOverride: optionalText('Instead of the chart’s name in labels.'),
  fullnameOverride: optionalText('Instead of the release’s name in names of objects.'),
  clusterDomain: z.string().default('cluster.local').describe('As the kubelets have it.'),
  global: mapping('Of a chart that has this one as a part; not used.'),
});
export type ChartValues = z.input<typeof valuesSchema>;
