import { readFile, writeFile } from 'node:fs/promises';

const sysctl = '/proc/sys/kernel/bpf_stats_enabled';

/** Has the kernel count runs and time of every program, which itself costs some ns a run; puts the setting back. */
export async function enableBpfStats(): Promise<AsyncDisposable> {
  const before = await readFile(sysctl, 'utf8');
  await writeFile(sysctl, '1\n');
  return { [Symbol.asyncDispose]: () => writeFile(sysctl, before) };
}
