import { describe, expect, it } from 'vitest';
import type { KafkaAdmin, NewTopic, TopicDescription } from './client/port.ts';
import { ensureTopics } from './ensure-topics.ts';
import { createTopicPlan } from './topic-plan.ts';

const plan = createTopicPlan({ prefix: 'p', partitions: 8, replication: 1 });
const wanted = plan.required([{ name: 'judge', input: plan.physical('signals') }]);

function createAdmin(present: readonly TopicDescription[]) {
  const created: NewTopic[] = [];
  const admin: Pick<KafkaAdmin, 'describeTopics' | 'createTopics'> = {
    describeTopics: (names) => Promise.resolve(present.filter(({ name }) => names.includes(name))),
    createTopics: (topics) => Promise.resolve(void created.push(...topics)),
  };
  return { admin, created };
}

const signals: TopicDescription = {
  name: 'p.signals',
  partitions: 8,
  config: { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'delete' },
};

describe('ensureTopics', () => {
  it('creates what is missing and leaves what is there', async () => {
    const { admin, created } = createAdmin([signals]);
    const names = await ensureTopics(admin, wanted);
    const streams = ['p.alerts', 'p.captures', 'p.notifications', 'p.dead'];
    expect(names).toEqual([...streams, 'p.wide', 'p.view', 'p.state.judge']);
    expect(created.find(({ name }) => name === 'p.state.judge')).toMatchObject({ partitions: 8 });
  });

  it('refuses another number of partitions or another clock, and creates nothing', async () => {
    const { admin, created } = createAdmin([
      { ...signals, partitions: 3, config: { ...signals.config, 'message.timestamp.type': 'CreateTime' } },
    ]);
    await expect(ensureTopics(admin, wanted)).rejects.toMatchObject({
      code: 'KAFKA_TOPIC_DIFFERS',
      message: expect.stringMatching(
        /p\.signals has 3 partitions, wanted are 8.*message\.timestamp\.type=CreateTime/s,
      ) as string,
    });
    expect(created).toEqual([]);
  });
});
