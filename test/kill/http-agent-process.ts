/**
 * A process for the kill test: an agent's spool with its uploader. It spools batches one after another, reports each as
 * soon as it is durable, and sends them to a server, until it is killed or has spooled and sent `until`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { systemClock } from '../../stream/clock.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createHttpSender } from '../../stream/http/http-sender.ts';
import { createServerClient } from '../../stream/http/server-client.ts';
import { createServerReach } from '../../stream/http/server-reach.ts';
import { createBatchEvent } from '../../stream/http/testing/agent-events.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { createUploader } from '../../stream/uploader.ts';
import { createExecutioner, type DieAt } from './die-at.ts';

const { path, url, from, until, dieAt } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly path: string;
  readonly url: string;
  readonly from: number;
  readonly until: number;
  readonly dieAt: DieAt | null;
};

const onPoint = createExecutioner(dieAt);
const onFatal = (error: Error): void => {
  throw error;
};
const log = openEmbeddedLog({ path, clock: systemClock, onPoint });
const client = createServerClient({
  url,
  node: 'n1',
  instance: 'i1',
  version: '0',
  token: undefined,
  tls: async () => ({}),
});
const reach = createServerReach({ url, logger: silentLogger, registry: new Registry() });
const uploader = createUploader({
  log,
  sender: createHttpSender({ client, reach, logger: silentLogger, random: Math.random, maxRetryMs: 200 }),
  name: 'http/upload',
  topics: ['signals'],
  isOwn: () => true,
  clock: systemClock,
  onFatal,
  onPoint,
});
uploader.start();
for (let n = from; n < until; n += 1) {
  await log.append('signals', [createBatchEvent('n1', n)]);
  process.stdout.write(`ack ${n + 1}\n`);
  await sleep(20);
}
while (uploader.waiting() > 0) await sleep(10);
await uploader.stop();
client.close();
log.close();
