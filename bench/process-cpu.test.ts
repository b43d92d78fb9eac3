import { describe, expect, it } from 'vitest';
import { processUse } from './process-cpu.ts';

describe.skipIf(process.platform !== 'linux')('processUse', () => {
  it('agrees with what the process knows of itself', async () => {
    const before = process.cpuUsage();
    const { cpuSeconds, residentBytes } = await processUse(process.pid);
    const after = process.cpuUsage();
    // Ticks of 10 ms, cut off for user and system apart.
    expect(cpuSeconds).toBeGreaterThanOrEqual((before.user + before.system) / 1e6 - 0.021);
    expect(cpuSeconds).toBeLessThanOrEqual((after.user + after.system) / 1e6 + 0.021);
    expect(residentBytes / process.memoryUsage().rss).toBeCloseTo(1, 0);
  });

  it('refuses a process that is not there', async () => {
    await expect(processUse(2 ** 22 + 1)).rejects.toThrow('ENOENT');
  });
});
