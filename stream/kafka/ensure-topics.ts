import type { KafkaAdmin, NewTopic, TopicDescription } from './client/port.ts';
import { KafkaError } from './kafka-error.ts';

/** Without these a topic would not do what is built on it; others are the operator's to choose. */
const checkedKeys = ['message.timestamp.type', 'cleanup.policy'] as const;

/**
 * Creates what is missing and checks what is there. Throws a KafkaError that names the topic and what to change;
 * nothing of an existing topic is ever altered.
 */
export async function ensureTopics(
  admin: Pick<KafkaAdmin, 'describeTopics' | 'createTopics'>,
  wanted: readonly NewTopic[],
): Promise<readonly string[]> {
  const names = wanted.map(({ name }) => name);
  const present = new Map(
    (await admin.describeTopics(names, checkedKeys)).map((topic) => [topic.name, topic]),
  );
  const differences = wanted.flatMap((topic) => differencesOf(topic, present.get(topic.name)));
  if (differences.length > 0)
    throw new KafkaError('KAFKA_TOPIC_DIFFERS', `checking the topics: ${differences.join('; ')}`);
  const missing = wanted.filter(({ name }) => !present.has(name));
  if (missing.length > 0) await admin.createTopics(missing);
  return missing.map(({ name }) => name);
}

function differencesOf(wanted: NewTopic, present: TopicDescription | undefined): readonly string[] {
  if (present === undefined) return [];
  const partitions =
    present.partitions === wanted.partitions
      ? []
      : [
          `${wanted.name} has ${present.partitions} partitions, wanted are ${wanted.partitions}` +
            ' (a change would move keys to other partitions, away from their state)',
        ];
  const settings = checkedKeys.flatMap((key) => {
    const [is, should] = [present.config[key], wanted.config[key]];
    return should === undefined || is === should
      ? []
      : [`${wanted.name} has ${key}=${is ?? '?'}, needed is ${should}`];
  });
  return [...partitions, ...settings];
}
