import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Secret, SecretError } from '../../source-text/secret.ts';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import type { KafkaSignIn } from '../../stream/kafka/client/sign-in.ts';
import type { KafkaConfig } from '../../stream/kafka/config-schema.ts';
import { createTopicPlan, throughNaming, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { StartError } from '../start-error.ts';

export interface KafkaConnection {
  readonly config: KafkaConfig;
  readonly client: KafkaClient;
  readonly plan: TopicPlan;
}

/** Throws a `StartError` where there is nothing to connect to, or a file or secret cannot be read. */
export async function openKafka(loaded: LoadedConfig, process: string): Promise<KafkaConnection> {
  const config = loaded.config.kafka;
  if (config === undefined)
    throw new StartError(
      `saccade ${process} needs "kafka" in the configuration`,
      'Add kafka.brokers (docs/kafka.md), or run everything in one process: saccade start',
      { exitCode: 2 },
    );
  try {
    const client = createKafkaClient[config.client]({
      brokers: config.brokers,
      clientId: `saccade-${process}-${loaded.config.node}`,
      tls: await readTls(config, loaded.directory),
      sasl: await readSignIn(config, loaded.directory),
      tuning: { sessionTimeoutMs: config.session_timeout },
    });
    const plan = createTopicPlan(config);
    const isNamed = process === 'agent' && loaded.config.kubernetes !== undefined;
    return { config, client, plan: isNamed ? throughNaming(plan) : plan };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!(error instanceof SecretError) && code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new StartError(
      `kafka: ${(error as Error).message}`,
      'Correct the path or its rights and start again.',
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
}

async function readTls({ tls }: KafkaConfig, directory: string): Promise<ConnectionOptions | undefined> {
  if (tls === undefined) return undefined;
  const read = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : readFile(resolve(directory, path), 'utf8');
  const [ca, cert, key] = await Promise.all([read(tls.ca_file), read(tls.cert_file), read(tls.key_file)]);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tls.server_name !== undefined && { servername: tls.server_name }),
  };
}

async function readSignIn({ sasl }: KafkaConfig, directory: string): Promise<KafkaSignIn | undefined> {
  if (sasl === undefined) return undefined;
  const { mechanism, username = '', region = '' } = sasl;
  if (mechanism === 'aws-msk-iam') {
    const { createMskToken } = await import('../../stream/kafka/client/msk-token.ts');
    return { mechanism: 'oauthbearer', token: createMskToken(region) };
  }
  const file = sasl.password_file === undefined ? undefined : resolve(directory, sasl.password_file);
  const password = await new Secret({ file, env: sasl.password_env }, process.env).reveal();
  return { mechanism, username, password };
}
