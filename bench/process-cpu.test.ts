import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processUse, useOfTree } from './process-cpu.ts';

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

  it('counts children with their parent', async () => {
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    const [alone, tree] = [await processUse(process.pid), await useOfTree(process.pid)];
    child.kill();
    expect(tree.residentBytes).toBeGreaterThan(0.9 * alone.residentBytes);
    expect(tree.cpuSeconds).toBeGreaterThanOrEqual(alone.cpuSeconds);
  });

  it('refuses a process that is not there', async () => {
    await expect(processUse(2 ** 22 + 1)).rejects.toThrow('ENOENT');
  });
});
