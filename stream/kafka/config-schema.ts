import { z } from 'zod';
import { byteSizeSchema, durationSchema } from '../../source-text/quantity-schemas.ts';

/** By the name of their package. */
export const kafkaClients = ['kafkajs', 'platformatic'] as const;

const tlsSchema = z
  .strictObject({
    ca_file: z
      .string()
      .min(1)
      .optional()
      .describe('PEM of the authority that signed the brokers; default: those of Node.'),
    cert_file: z.string().min(1).optional().describe('PEM of the client certificate, with key_file.'),
    key_file: z.string().min(1).optional().describe('PEM of its key.'),
    server_name: z
      .string()
      .min(1)
      .optional()
      .describe('Name to expect in the certificate, where it is not the address.'),
  })
  .refine((tls) => (tls.cert_file === undefined) === (tls.key_file === undefined), {
    message: 'cert_file and key_file go together',
  });

const saslSchema = z
  .strictObject({
    mechanism: z
      .enum(['plain', 'scram-sha-256', 'scram-sha-512', 'aws-msk-iam'])
      .describe(
        'As the broker offers it. `aws-msk-iam`: with what the AWS SDK finds (a role of the service account, the environment), and no password.',
      ),
    username: z.string().min(1).optional().describe('Who signs in.'),
    region: z.string().min(1).optional().describe('Of the MSK cluster, for `aws-msk-iam`.'),
    password_file: z
      .string()
      .min(1)
      .optional()
      .describe('File that holds the password; relative to this file.'),
    password_env: z.string().min(1).optional().describe('Environment variable that holds the password.'),
  })
  .superRefine((sasl, context) => {
    for (const message of saslFaults(sasl)) context.addIssue({ code: 'custom', message });
  });

interface SaslKeys {
  readonly mechanism: string;
  readonly username?: string | undefined;
  readonly region?: string | undefined;
  readonly password_file?: string | undefined;
  readonly password_env?: string | undefined;
}

function saslFaults(sasl: SaslKeys): readonly string[] {
  const passwords = [sasl.password_file, sasl.password_env].filter((one) => one !== undefined);
  if (sasl.mechanism === 'aws-msk-iam')
    return [
      ...(sasl.region === undefined ? ['aws-msk-iam needs the region of the cluster'] : []),
      ...(sasl.username !== undefined || passwords.length > 0
        ? ['aws-msk-iam takes no username and no password: the AWS SDK finds who signs in']
        : []),
    ];
  return [
    ...(sasl.username === undefined ? ['username is missing'] : []),
    ...(sasl.region === undefined ? [] : ['region is for aws-msk-iam only']),
    ...(passwords.length === 1 ? [] : ['name either password_file or password_env']),
  ];
}

/** For the processes `agent`, `engine` and `notify`; `start` needs no Kafka. */
export const kafkaSchema = z
  .strictObject({
    brokers: z
      .array(z.string().min(1))
      .min(1)
      .max(100)
      .describe('host:port of some brokers; the others are found.'),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/)
      .default('saccade')
      .describe('Before the name of every topic, group and transactional id.'),
    partitions: z
      .int()
      .min(1)
      .max(1000)
      .default(32)
      .describe('Of the signals. Choose once and generously: a change moves keys away from their state.'),
    replication: z
      .int()
      .min(1)
      .max(10)
      .default(1)
      .describe('Copies of every topic that Saccade creates; 3 in earnest.'),
    tls: tlsSchema.optional().describe('Present: connections are encrypted.'),
    sasl: saslSchema.optional().describe('How to sign in; use it with tls only.'),
    client: z
      .enum(kafkaClients)
      .default('kafkajs')
      .describe('The library that speaks to the brokers; both do the same (docs/decisions/0181).'),
    session_timeout: durationSchema
      .prefault('10s')
      .describe('How long a process that went silent keeps its partitions; a take-over takes that long.'),
    spool_bytes: byteSizeSchema
      .prefault('256MB')
      .describe('Disk of an agent for the time without a broker; beyond it quiet observations go first.'),
  })
  .optional();
export type KafkaConfig = NonNullable<z.infer<typeof kafkaSchema>>;
