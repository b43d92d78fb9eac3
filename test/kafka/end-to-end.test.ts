import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pino from 'pino';
import { Registry } from 'prom-client';
import { createAgentCarrier } from '../../app/processes/agent-carrier.ts';
import { createKafkaAgentLink } from '../../app/processes/kafka-agent-link.ts';
import { openKafka, type KafkaConnection } from '../../app/processes/kafka-connection.ts';
import { loadConfig, type LoadedConfig } from '../../app/config/load-config.ts';
import { openSpool } from '../../app/open-log.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { noKafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { SaccadeProcess } from '../app/saccade-process.ts';
import { FakeSlack } from '../fakes/slack/fake-slack.ts';
import { startBroker, type Broker } from './broker.ts';
import { playAgents, type ScriptedAgent } from './scripted-agents.ts';

const rules = fileURLToPath(new URL('testdata/quick-loss.yaml', import.meta.url));
const agent: ScriptedAgent = { workload: 'netns/checkout', skewMs: 0, faultMs: { from: 4_000, to: 7_000 } };

let broker: Broker;
let directory: string;
let config: string;
const slack = new FakeSlack();
const processes: SaccadeProcess[] = [];

beforeAll(async () => {
  [broker] = await Promise.all([startBroker(), slack.start()]);
  directory = mkdtempSync(join(tmpdir(), 'saccade-e2e-'));
  config = join(directory, 'saccade.yaml');
  writeFileSync(
    config,
    `node: netns/checkout
listen: 127.0.0.1:0
kafka: { brokers: ['${broker.address}'], prefix: e2e, partitions: 4, session_timeout: 2s }
rules: { catalog: false, files: ['${rules}'] }
console: { enabled: false }
notifications:
  route: { receiver: slack, group_wait: 0s }
  receivers:
    - name: slack
      slack: { channel: C0000000001, token_env: SLACK_TOKEN, api_url: '${slack.url}' }
`,
  );
}, 120_000);
afterAll(async () => {
  for (const one of processes) await one[Symbol.asyncDispose]();
  await slack.stop();
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

function start(name: 'engine' | 'notify', data: string): SaccadeProcess {
  const process = new SaccadeProcess([name, '--config', config, '--data', join(directory, data)], {
    environment: { SLACK_TOKEN: slack.token },
  });
  processes.push(process);
  return process;
}

const running = (process: SaccadeProcess): Promise<true> =>
  process.until(() => (process.out.includes('metrics ') ? true : undefined));

/** An agent whose eyes are the script: its log, its spool, its way to Kafka are the real ones. */
async function startAgent(loaded: LoadedConfig, kafka: KafkaConnection) {
  const log: EmbeddedLog = openSpool(join(directory, 'agent'), kafka.config.spool_bytes, noKafkaMetrics);
  const { node } = loaded.config;
  const common = {
    node,
    log,
    metrics: noKafkaMetrics,
    logger: pino({ level: 'silent' }),
    onFatal: (error: Error) => {
      throw error;
    },
  };
  const carrier = createAgentCarrier({
    ...common,
    link: createKafkaAgentLink({ ...common, kafka }),
    registry: new Registry(),
    recorder: undefined,
    upload: undefined,
  });
  await carrier.start();
  return {
    log,
    async stop() {
      await carrier.stop();
      log.close();
    },
  };
}

describe('agent, engine and notify over a real broker', () => {
  it(
    'page once, ask the agent for packets, and keep the history, through a broker that dies',
    { timeout: 150_000 },
    async () => {
      const engine = start('engine', 'engine');
      const notify = start('notify', 'notify');
      await Promise.all([running(engine), running(notify)]);
      const loaded = loadConfig({ config });
      const agentProcess = await startAgent(loaded, await openKafka(loaded, 'agent'));

      await playAgents({
        agents: [agent],
        durationMs: 9_000,
        send: (events) => agentProcess.log.append('signals', events),
      });
      await expect.poll(() => slack.messages().length, { timeout: 30_000 }).toBe(1);

      await broker.kill();
      // What is seen while the broker is away waits on the agent's disk.
      await playAgents({
        agents: [agent],
        durationMs: 1_000,
        send: (events) => agentProcess.log.append('signals', events),
      });
      await broker.restart();
      await expect.poll(() => slack.messages()[0]?.text ?? '', { timeout: 40_000 }).toMatch(/resolved/i);
      expect(slack.messages()).toHaveLength(1);

      await agentProcess.stop();
      await Promise.all([engine.end('SIGTERM'), notify.end('SIGTERM')]);
      using history = openHistoryReader(join(directory, 'notify', 'saccade.db'));
      expect(history.listAlerts({}).map(({ last }) => last.rule_id)).toEqual(['quick-loss']);
      // The request went down to the agent, and its answer up again.
      expect(history.listCaptures().map(({ phase }) => phase)).toEqual(['refused']);
    },
  );
});
