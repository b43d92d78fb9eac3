import { createJudgeStage, type JudgeStage } from '../../engine/judge.ts';
import { compileRules, type RuleFile } from '../../rules/compile.ts';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { rulesLoadedType, tickType } from '../../stream/events/control.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { createKafkaHost, type KafkaHost } from '../../stream/kafka/kafka-host.ts';
import { noKafkaMetrics, type KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { toMessages } from '../../stream/kafka/output-messages.ts';
import { createTopicPlan, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { Stage } from '../../stream/port.ts';

export const partitions = 4;
/** Events of one request of a producer. */
const sendChunk = 500;

export interface KafkaRig {
  readonly client: KafkaClient;
  readonly plan: TopicPlan;
  send(events: readonly CloudEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** Topics of its own on a broker, with the rules in every partition. */
export async function openRig(client: KafkaClient, prefix: string, file: RuleFile): Promise<KafkaRig> {
  const plan = createTopicPlan({ prefix, partitions, replication: 1 });
  const admin = client.createAdmin();
  await admin.connect();
  await admin
    .createTopics(plan.required([{ name: 'judge', input: plan.physical('signals') }]))
    .finally(() => admin.close());
  const sender = createBenchSender(client, plan);
  await sender.send([rulesEvent(file)]);
  return { client, plan, ...sender };
}

type BenchSender = Pick<KafkaRig, 'send' | 'close'>;

/** Sends events to the signals, some hundred a request. */
export function createBenchSender(client: KafkaClient, plan: TopicPlan): BenchSender {
  const sender = client.createSender();
  return {
    async send(events) {
      const messages = toMessages(
        plan,
        events.map((event) => ({ topic: 'signals', event })),
      );
      for (let n = 0; n < messages.length; n += sendChunk)
        await sender.send(messages.slice(n, n + sendChunk));
    },
    close: () => sender.close(),
  };
}

function rulesEvent(file: RuleFile): CloudEvent {
  return createCloudEvent({
    id: 'rules/1',
    source: '/bench',
    type: rulesLoadedType,
    timeMs: Date.now(),
    partitionkey: 'control',
    data: { revision: '1', files: [file], learn_ms: null },
  });
}

/** Called with the broker's time of each record but ticks once its decision is with the broker. */
export type OnDecided = (appendedAtMs: number) => void;

/** Records behind, over all partitions; undefined: not all are loaded yet. */
export type Behind = (ends: readonly { readonly end: number }[]) => number | undefined;

export interface JudgeHost {
  readonly host: KafkaHost;
  readonly behind: Behind;
}

/** The engine's judges over Kafka, as `saccade engine` runs them, without its other stages. */
export function createJudgeHost(
  { client, plan }: Pick<KafkaRig, 'client' | 'plan'>,
  onDecided: OnDecided,
  metrics: Partial<KafkaMetrics> = {},
): JudgeHost {
  const host = createKafkaHost({
    client,
    plan,
    stages: [
      {
        name: 'judge',
        input: plan.physical('signals'),
        tickEveryMs: 250,
        create: () => ({ stage: observed(createJudgeStage({ compile: compileRules }), onDecided) }),
      },
    ],
    metrics: { ...noKafkaMetrics, ...metrics },
    onFatal: (error) => {
      throw error;
    },
  });
  return {
    host,
    behind(ends) {
      const tasks = host.groups().flatMap((group) => group.tasks);
      if (tasks.length < ends.length || tasks.some(({ running }) => !running)) return undefined;
      return ends.reduce(
        (sum, { end }, n) =>
          sum + Math.max(0, end - (tasks.find(({ partition }) => partition === n)?.position ?? 0)),
        0,
      );
    },
  };
}

function observed(judge: JudgeStage, onDecided: OnDecided): Stage {
  let pending: number[] = [];
  return {
    name: judge.name,
    inputs: judge.inputs,
    restore: (entries) => judge.restore(entries),
    process(record) {
      if (record.event.type !== tickType) pending.push(record.appendedAtMs);
      return judge.process(record);
    },
    drainState: () => judge.drainState(),
    committed() {
      judge.committed?.();
      const done = pending;
      pending = [];
      for (const atMs of done) onDecided(atMs);
    },
  };
}
