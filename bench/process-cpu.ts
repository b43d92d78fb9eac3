import { readFile } from 'node:fs/promises';

/** USER_HZ, which Linux fixes at 100 for everything that user space sees (time(7), proc(5)). */
const ticksPerSecond = 100;

export interface ProcessUse {
  /** User and system, all threads, since its start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** What a running process has used, from /proc/PID/stat (fields 14, 15) and /proc/PID/status. */
export async function processUse(pid: number): Promise<ProcessUse> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The command's name stands in parentheses and may hold spaces; the third field follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const residentKib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN);
  return { cpuSeconds: ticks / ticksPerSecond, residentBytes: residentKib * 1024 };
}

/** A process and the children that it has now, for servers that have one for each connection. What ended is not counted. */
export async function useOfTree(pid: number): Promise<ProcessUse> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return useOfAll([pid, ...children.split(' ').filter(Boolean).map(Number)]);
}

export async function useOfAll(pids: readonly number[]): Promise<ProcessUse> {
  const uses = await Promise.all(pids.map(processUse));
  return {
    cpuSeconds: uses.reduce((sum, use) => sum + use.cpuSeconds, 0),
    residentBytes: uses.reduce((sum, use) => sum + use.residentBytes, 0),
  };
}
