import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../app/config/load-config.ts';
import { openKafka } from '../../app/processes/kafka-connection.ts';
import { kafkaClients } from '../../stream/kafka/config-schema.ts';
import { ensureTopics } from '../../stream/kafka/ensure-topics.ts';
import { startBroker, type Broker } from './broker.ts';

const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const password = 'hush-hush-7';
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

let broker: Broker;
let directory: string;

/** A certificate of its own authority for 127.0.0.1. */
function createCertificate(): { readonly key: string; readonly certificate: string } {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'ca.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=saccade-test'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
}

/** PEM inside of a properties file: one line. */
const oneLine = (pem: string): string => pem.trim().replaceAll('\n', '\\n');

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-sign-in-'));
  const { key, certificate } = createCertificate();
  broker = await startBroker({
    protocol: 'SASL_SSL',
    addScram: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((name) => `${name}=[name=saccade,password=${password}]`),
    properties: {
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      'sasl.mechanism.inter.broker.protocol': 'PLAIN',
      'listener.name.clients.plain.sasl.jaas.config': `${plainModule} username="broker" password="b" user_broker="b" user_saccade="${password}";`,
      'listener.name.clients.scram-sha-256.sasl.jaas.config': scramModule,
      'listener.name.clients.scram-sha-512.sasl.jaas.config': scramModule,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(key),
      'ssl.keystore.certificate.chain': oneLine(certificate),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(certificate),
    },
  });
}, 120_000);
afterAll(async () => {
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface SignIn {
  readonly client: (typeof kafkaClients)[number];
  readonly mechanism: string;
  readonly password: string;
}

async function connect(sasl: SignIn, tls = '{ ca_file: ca.pem }') {
  const config = join(directory, 'saccade.yaml');
  writeFileSync(join(directory, 'password'), `${sasl.password}\n`);
  writeFileSync(
    config,
    `kafka:
  client: ${sasl.client}
  brokers: ['${broker.address}']
  prefix: ${sasl.client}-${sasl.mechanism}
  partitions: 2
  tls: ${tls}
  sasl: { mechanism: ${sasl.mechanism}, username: saccade, password_file: password }
`,
  );
  const { client, plan } = await openKafka(loadConfig({ config }), 'test');
  const admin = client.createAdmin();
  try {
    await admin.connect();
    return await ensureTopics(admin, plan.required([]));
  } finally {
    await admin.close();
  }
}

describe.each(kafkaClients)('a broker with TLS and sign-in, asked by %s', (client) => {
  it.each(mechanisms)('lets in who signs in by %s', async (mechanism) => {
    const created = await connect({ client, mechanism, password });
    expect(created).toContain(`${client}-${mechanism}.signals`);
  });

  it.each(mechanisms)(
    'refuses a wrong password by %s, for good, and does not repeat it',
    async (mechanism) => {
      const error = await connect({ client, mechanism, password: 'wrong-one' }).catch(
        (thrown: unknown) => thrown as Error,
      );
      expect(error).toMatchObject({ code: 'KAFKA_REFUSED_SIGN_IN', retryable: false });
      expect(String(error)).not.toContain('wrong-one');
    },
  );

  it('is not spoken to when its certificate is not known', async () => {
    await expect(connect({ client, mechanism: 'plain', password }, '{}')).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
    });
  });
});
