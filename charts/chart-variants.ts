import { type ChartValues, profiles } from './values/values-schema.ts';

/** What people set, each with what belongs to it. */
const options: Readonly<Record<string, Omit<ChartValues, 'profile'>>> = {
  defaults: {},
  encrypted: {
    kafka: {
      tls: { enabled: true, secretName: 'kafka-tls', clientCertificate: true },
      sasl: { mechanism: 'scram-sha-512', username: 'saccade', secretName: 'kafka-password' },
    },
    server: { ingest: { tls: { secretName: 'server-tls', clientCertificates: true } } },
    agent: { clientCertificate: { secretName: 'agent-tls' } },
  },
  'with receivers': {
    paging: 'page',
    secrets: { slack: 'saccade-slack' },
    rules: { 'local.yaml': 'groups: []\n' },
    notifications: {
      route: { receiver: 'slack' },
      receivers: [
        { name: 'slack', slack: { channel: 'C0123456789', token_file: '/etc/saccade/secrets/slack/token' } },
      ],
      heartbeat: { url: 'https://example.net/beat' },
    },
    config: { log_level: 'warn', history: { observations_1m: '90d' } },
    image: { digest: `sha256:${'a'.repeat(64)}` },
    imagePullSecrets: [{ name: 'registry' }],
  },
  'with everything': {
    agent: {
      mountNamespaces: true,
      privileged: true,
      podLabels: { team: 'net' },
      podAnnotations: { note: 'x' },
      env: [{ name: 'HTTPS_PROXY', value: 'http://192.0.2.1:3128' }],
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      seLinuxOptions: { type: 'spc_t' },
      spool: { hostPath: '' },
      config: { captures: { ring_bytes: '64MiB' } },
    },
    networkPolicy: { restrictEgress: true, metricsFrom: [{ namespaceSelector: {} }] },
    monitoring: {
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true },
    },
    name: { scaling: { enabled: true, authenticationRef: 'kafka' } },
    kafka: { tls: { enabled: true }, sasl: { mechanism: 'aws-msk-iam', region: 'eu-central-1' } },
    serviceAccountAnnotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/saccade' },
    postgres: { secretName: 'postgres' },
    captures: {
      s3: { bucket: 'packets', prefix: 'captures/', endpoint: 'https://s3.example.net', secretName: 's3' },
    },
    console: { serviceAnnotations: { note: 'x' } },
  },
  'with little': {
    agent: { hostNetwork: false, priorityClass: { create: false }, capabilities: { SYS_PTRACE: false } },
    server: { persistence: { enabled: false } },
    notify: { persistence: { enabled: false } },
    console: { enabled: false },
    rbac: { servicesOfNodes: false },
    networkPolicy: { enabled: false },
    availability: { podDisruptionBudgets: false, spreadOverZones: false },
    fullnameOverride: 'watcher',
  },
};

/** Every profile with every set of options. */
export const chartVariants: readonly (readonly [string, ChartValues])[] = profiles.flatMap((profile) =>
  Object.entries(options).map(([name, values]) => {
    const kafka = { brokers: ['kafka.example.net:9092'], ...values.kafka };
    return [`${profile}, ${name}`, { ...values, profile, kafka }] as const;
  }),
);
