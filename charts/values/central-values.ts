import { z } from 'zod';
import { mapping, optionalText, podShape, port, section, texts, yes } from './kubernetes-shapes.ts';

const persistence = (size: string) =>
  section('Its volume.', {
    enabled: yes(true, 'Keep its data in a PersistentVolumeClaim; otherwise it goes with the pod.'),
    size: z.string().default(size).describe('Of the claim.'),
    storageClass: optionalText('Empty: the cluster’s default.'),
    accessModes: z.array(z.string()).default(['ReadWriteOnce']).describe('Of the claim.'),
  });

const ingest = section('Where agents report (profile `small`).', {
  port: port(9979, 'Of the Service.'),
  tokenSecret: section('The token that agents show; an existing Secret.', {
    name: optionalText('Empty: RELEASE-ingest. Without it the pods wait.'),
    key: z.string().default('token').describe('Key in the Secret.'),
  }),
  tls: section('Certificates of the server.', {
    secretName: optionalText(
      'Existing Secret with tls.crt, tls.key and ca.crt, such as cert-manager makes. Empty: plain HTTP, so the token is readable on the network.',
    ),
    clientCertificates: yes(false, 'Take certificates that ca.crt has signed instead of the token.'),
  }),
});

/** `server:` of the chart's values. */
export const serverValues = section('Profile `small`: engine, messages, history and console in one pod.', {
  ...podShape({ cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' }),
  persistence: persistence('10Gi'),
  ingest,
});

export const engineValues = section(
  'Profiles `standard` and `large`: judges; each pod a share of the partitions.',
  {
    ...podShape({ cpu: '200m', memory: '384Mi', memoryLimit: '1Gi' }),
    replicas: z.int().min(1).max(1000).optional().meta({
      description: 'A steady number: each change moves partitions, so it is not scaled by load.',
      'x-default': '2; in `large` 4',
    }),
  },
);

export const notifyValues = section(
  'Profiles `standard` and `large`: messages; without PostgreSQL also history and console.',
  {
    ...podShape({ cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' }),
    replicas: z.int().min(1).max(5).default(2).describe('One works, the others are in reserve.'),
    persistence: persistence('20Gi'),
  },
);

export const nameValues = section('Profiles `standard` and `large`: names peers by the cluster’s objects.', {
  ...podShape({ cpu: '100m', memory: '256Mi', memoryLimit: '1Gi' }),
  replicas: z.int().min(1).max(64).default(2).describe('Without KEDA. It has no state.'),
  scaling: section('By KEDA, on the records that wait.', {
    enabled: z.boolean().optional().meta({
      description: 'Make a ScaledObject; KEDA must be installed.',
      'x-default': 'in `large`',
    }),
    minReplicas: z
      .int()
      .min(1)
      .default(2)
      .describe('Never fewer; 0 is refused, because a group without members is not measured.'),
    maxReplicas: z.int().min(1).default(16).describe('Never more, nor more than partitions.'),
    lagThreshold: z.int().min(1).default(2_000).describe('Records that wait for one pod.'),
    authenticationRef: optionalText('Existing TriggerAuthentication for a broker that asks who scales.'),
  }),
});

export const recordValues = section(
  'Profiles `standard` and `large`, with `postgres.secretName`: writes the history into PostgreSQL.',
  {
    ...podShape({ cpu: '100m', memory: '192Mi', memoryLimit: '512Mi' }),
    replicas: z.int().min(1).max(64).default(1).describe('They share the partitions. It has no state.'),
  },
);

export const consoleValues = section(
  'The web console and its API. With Kafka and `postgres.secretName` it has pods of its own, else the server or notify serves it.',
  {
    enabled: yes(true, 'Serve it; it needs a token.'),
    ...podShape({ cpu: '50m', memory: '160Mi', memoryLimit: '512Mi' }),
    replicas: z.int().min(1).max(64).default(2).describe('Of its own pods. They have no state.'),
    port: port(9978, 'Of the Service.'),
    tokenSecret: section('Who may sign in; an existing Secret.', {
      name: optionalText('Empty: RELEASE-console. Without it the pods wait.'),
      key: z.string().default('token').describe('Key in the Secret, for the role `admin`.'),
    }),
    config: mapping('Keys of `console` in the configuration file, such as further `tokens`.'),
    serviceAnnotations: texts('Of its Service.'),
  },
);
