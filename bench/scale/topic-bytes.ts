import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a broker's log of one topic, all partitions: one copy, as the producers compressed it. */
export async function topicBytes(brokerDirectory: string, topic: string): Promise<number> {
  const data = join(brokerDirectory, 'data');
  const partitions = (await readdir(data)).filter((name) => name.replace(/-\d+$/, '') === topic);
  const sizes = await Promise.all(partitions.map((partition) => logBytes(join(data, partition))));
  return sum(sizes);
}

/** Indexes are laid out in advance and compacted state is rewritten: only the records count. */
async function logBytes(directory: string): Promise<number> {
  const logs = (await readdir(directory)).filter((name) => name.endsWith('.log'));
  return sum(await Promise.all(logs.map(async (name) => (await stat(join(directory, name))).size)));
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
