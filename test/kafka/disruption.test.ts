import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../engine/replay.ts';
import { compileOnly, isWide } from '../../app/processes/split-judge.ts';
import { compileRules } from '../../rules/compile.ts';
import { createKafkajsClient } from '../../stream/kafka/client/create-kafkajs-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { noKafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { toMessages } from '../../stream/kafka/output-messages.ts';
import { PatientSender } from '../../stream/kafka/patient-sender.ts';
import { createTopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { SaccadeProcess } from '../app/saccade-process.ts';
import { startBroker, type Broker } from './broker.ts';
import { readTopic, toRecords } from './read-topic.ts';
import { playAgents, type ScriptedAgent } from './scripted-agents.ts';

const partitions = 8;
const plan = createTopicPlan({ prefix: 'disruption', partitions, replication: 1 });
const rules = ['quick-loss.yaml', 'quick-loss-anywhere.yaml'].map((name) =>
  fileURLToPath(new URL(`testdata/${name}`, import.meta.url)),
);
const tenMinutesMs = 600_000;
/** One after another, so that every disturbance meets some alert on its way. */
const agents: readonly ScriptedAgent[] = Array.from({ length: 12 }, (_, n) => ({
  workload: `netns/w${n}`,
  skewMs: n === 11 ? tenMinutesMs : 0,
  faultMs: { from: 3_500 + n * 900, to: 6_500 + n * 900 },
}));
const scriptMs = 18_000;

let broker: Broker;
let client: KafkaClient;
let directory: string;
const engines: SaccadeProcess[] = [];

beforeAll(async () => {
  broker = await startBroker();
  client = createKafkajsClient({ brokers: [broker.address], clientId: 'disruption' });
  directory = mkdtempSync(join(tmpdir(), 'saccade-disruption-'));
  writeFileSync(
    join(directory, 'saccade.yaml'),
    `kafka: { brokers: ['${broker.address}'], prefix: disruption, partitions: ${partitions}, session_timeout: 2s }\n` +
      `rules: { catalog: false, files: ['${rules.join("', '")}'] }\nlisten: 127.0.0.1:0\n`,
  );
}, 120_000);
afterAll(async () => {
  for (const engine of engines) await engine[Symbol.asyncDispose]();
  await broker.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function startEngine(): Promise<SaccadeProcess> {
  const engine = new SaccadeProcess(['engine', '--config', join(directory, 'saccade.yaml')]);
  engines.push(engine);
  await engine.until(() => (engine.out.includes('metrics ') ? true : undefined));
  return engine;
}

async function read(physical: string): Promise<readonly StreamRecord[]> {
  return toRecords(plan, physical, await readTopic(client, physical));
}

const wideRule = 'quick-loss-anywhere';
const identityOf = ({ rule_id: rule, fingerprint, episode, seq, state, level, value }: Transition): string =>
  `${rule} ${fingerprint}/${episode}/${seq} ${state} ${level} ${value}`;

async function toldTransitions(): Promise<readonly Transition[]> {
  return (await read(plan.physical('alerts'))).flatMap(({ event }) =>
    event.source.endsWith('/judge') ? [event.data as Transition] : [],
  );
}

/** What undisturbed judges say to the same records in the same order. */
async function undisturbedTransitions(): Promise<readonly Transition[]> {
  const byPartition = Map.groupBy(await read(plan.physical('signals')), ({ partition }) => partition);
  const narrow = compileOnly(compileRules, (rule) => !isWide(rule));
  const replays = await Promise.all([
    ...[...byPartition.values()].map((records) => replay(records, { compile: narrow })),
    replay(await read(plan.wide), { compile: compileOnly(compileRules, isWide) }),
  ]);
  return replays.flatMap(({ transitions }) => transitions);
}

describe('two engines on eight partitions', () => {
  it(
    'tell what an undisturbed run tells, through kills of engines and broker, rebalances and repeats',
    { timeout: 240_000 },
    async () => {
      const first = await startEngine();
      const second = await startEngine();
      const sender = client.createSender();
      const patient = new PatientSender({ sender, logger: silentLogger, metrics: noKafkaMetrics });
      const never = new AbortController().signal;
      const script = playAgents({
        agents,
        durationMs: scriptMs,
        send: (events) =>
          patient.send(
            toMessages(
              plan,
              events.map((event) => ({ topic: 'signals', event })),
            ),
            never,
          ),
      });

      await sleep(4_500);
      await first.end('SIGKILL');
      await sleep(1_000);
      const third = await startEngine();
      await sleep(1_500);
      await broker.kill();
      await broker.restart();
      await sleep(1_500);
      await second.end('SIGKILL');
      const fourth = await startEngine();
      await script;

      // Told first: what comes while both are read must not look like something that nobody said.
      const compare = async () => {
        const told = await toldTransitions();
        const undisturbed = await undisturbedTransitions();
        return { told: told.map(identityOf).toSorted(), undisturbed: undisturbed.map(identityOf).toSorted() };
      };
      await expect
        .poll(
          async () => {
            const { told, undisturbed } = await compare();
            return undisturbed.length - told.length;
          },
          { timeout: 30_000, interval: 500 },
        )
        .toBe(0);
      await Promise.all([third.end('SIGTERM'), fourth.end('SIGTERM')]);
      await sender.close();

      const { told, undisturbed } = await compare();
      expect(told).toEqual(undisturbed);
      const fired = told.filter((one) => one.includes(' firing page '));
      expect(fired.length).toBeGreaterThanOrEqual(agents.length);
      expect(told.some((one) => one.startsWith(wideRule))).toBe(true);
      expect(new Set(told).size).toBe(told.length);
    },
  );

  it('have judged the agent that is ten minutes ahead by the broker’s clock', async () => {
    const told = await toldTransitions();
    const ahead = told.filter(({ subject }) => subject.node === 'netns/w11');
    expect(ahead.map(({ state }) => state)).toContain('firing');
    expect(Math.max(...told.map(({ at_ms: atMs }) => atMs)) - Date.now()).toBeLessThan(6_000);
  });
});
