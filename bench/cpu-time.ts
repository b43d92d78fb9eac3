/**
 * CPU seconds of this process, all of its threads (so the garbage collector is paid for), while `work` runs. On a
 * machine that others use too this holds where wall time does not.
 */
export async function cpuSecondsOf(work: () => void | Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
