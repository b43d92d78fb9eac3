import { z } from 'zod';
import { optionalText, section, yes } from './kubernetes-shapes.ts';

/** `kafka:` of the chart's values: a broker of yours; the chart brings none. */
export const kafkaValues = section('Your Kafka (profiles `standard` and `large`).', {
  brokers: z.array(z.string().min(1)).default([]).describe('host:port of some brokers. Needed.'),
  prefix: z.string().default('saccade').describe('Before the name of every topic and group.'),
  partitions: z.int().min(1).max(1000).optional().meta({
    description: 'Of the signals. Choose once: a change moves keys away from their state.',
    'x-default': '32; in `large` 64',
  }),
  replication: z.int().min(1).max(10).default(3).describe('Copies of each topic that Saccade creates.'),
  tls: section('Encryption.', {
    enabled: yes(false, 'Connect over TLS.'),
    secretName: optionalText(
      'Existing Secret with ca.crt; with tls.crt and tls.key too for `clientCertificate`.',
    ),
    clientCertificate: yes(false, 'Show the certificate in the Secret.'),
  }),
  sasl: section('How to sign in; with TLS only.', {
    mechanism: z
      .enum(['', 'plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam'])
      .default('')
      .describe(
        'As the broker offers it; empty: not at all. `aws-msk-iam`: by the roles of the service accounts (`serviceAccountAnnotations`, `agent.serviceAccountAnnotations`).',
      ),
    region: optionalText('Of the MSK cluster, for `aws-msk-iam`.'),
    username: optionalText('Who signs in.'),
    secretName: optionalText('Existing Secret that holds the password.'),
    key: z.string().default('password').describe('Key in the Secret.'),
  }),
});
