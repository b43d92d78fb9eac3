import { describe, expect, it } from 'vitest';
import type { Component } from './lifecycle.ts';
import { createLifecycle } from './lifecycle.ts';

function recorder(fail: { start?: string; stop?: string } = {}) {
  const calls: string[] = [];
  const component = (name: string): Component => ({
    name,
    start: async () => {
      calls.push(`+${name}`);
      if (fail.start === name) throw new Error(`${name} is broken`);
    },
    stop: async () => {
      calls.push(`-${name}`);
      if (fail.stop === name) throw new Error(`${name} hangs on`);
    },
  });
  return { calls, components: ['a', 'b', 'c'].map(component) };
}

describe('createLifecycle', () => {
  it('starts in order and stops in reverse order, once', async () => {
    const { calls, components } = recorder();
    const lifecycle = createLifecycle(components, { stopTimeoutMs: 1000 });
    await lifecycle.start();
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(calls).toEqual(['+a', '+b', '+c', '-c', '-b', '-a']);
  });

  it('rolls a half-built start back, the failing part included', async () => {
    const { calls, components } = recorder({ start: 'b' });
    await expect(createLifecycle(components, { stopTimeoutMs: 1000 }).start()).rejects.toThrow('b is broken');
    expect(calls).toEqual(['+a', '+b', '-b', '-a']);
  });

  it('goes on after a part that does not stop, and reports it', async () => {
    const { calls, components } = recorder({ stop: 'b' });
    const lifecycle = createLifecycle(components, { stopTimeoutMs: 1000 });
    await lifecycle.start();
    await expect(lifecycle.stop()).rejects.toThrow('not everything stopped cleanly');
    expect(calls.slice(3)).toEqual(['-c', '-b', '-a']);
  });

  it('does not wait for ever', async () => {
    const stuck: Component = { name: 'stuck', start: async () => {}, stop: () => new Promise(() => {}) };
    const lifecycle = createLifecycle([stuck], { stopTimeoutMs: 10 });
    await lifecycle.start();
    await expect(lifecycle.stop()).rejects.toThrow('not everything stopped cleanly');
  });
});
