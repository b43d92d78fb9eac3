import { describe, expect, it } from 'vitest';
import { createPausableProbe } from './pausable-probe.ts';
import type { Probe, ProbeContext } from './probe.ts';
import { ManualClock } from './testing/manual-clock.ts';

function setUp({ told = true } = {}) {
  const calls: string[] = [];
  const errors: string[] = [];
  const state = { told, fails: false };
  const inner: Probe = {
    name: 'asking',
    signals: ['apiserver.latency'],
    async start() {
      calls.push('start');
      return state.fails
        ? { attached: false, reason: 'nobody there', remedy: '' }
        : { attached: true, notes: [] };
    },
    collect() {
      calls.push('collect');
      return [];
    },
    health: () => ({ counters: {}, mapFullness: {} }),
    async stop() {
      calls.push('stop');
    },
  };
  const context: ProbeContext = {
    clock: new ManualClock(0),
    logger: {
      info: () => undefined,
      warn: () => undefined,
      error: (_fields, message) => errors.push(message),
    },
    onCandidate: () => undefined,
  };
  const probe = createPausableProbe(inner, () => state.told);
  /** Ends a window; a turn that it begins is over then. */
  const look = async (): Promise<void> => {
    probe.collect();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { probe, context, calls, errors, state, look };
}

describe('a probe that can pause', () => {
  it('stops while nothing of it is told, and starts again', async () => {
    const { probe, context, calls, state, look } = setUp();
    await probe.start(context);
    await look();
    state.told = false;
    await look();
    await look();
    state.told = true;
    await look();
    await look();
    await probe.stop();
    expect(calls).toEqual(['start', 'collect', 'stop', 'start', 'collect', 'stop']);
  });

  it('says at the start that it can be attached, also where it is not wanted yet', async () => {
    const { probe, context, calls, look } = setUp({ told: false });
    expect(await probe.start(context)).toMatchObject({ attached: true });
    await look();
    await probe.stop();
    expect(calls).toEqual(['start', 'stop']);
  });

  it('tries again a minute after it could not start, and says so once each time', async () => {
    const { probe, context, calls, errors, state, look } = setUp({ told: false });
    await probe.start(context);
    Object.assign(state, { told: true, fails: true });
    for (let window = 0; window < 61; window++) await look();
    expect(errors).toHaveLength(1);
    state.fails = false;
    await look();
    await look();
    expect(calls.filter((call) => call === 'start')).toHaveLength(3);
    expect(calls.at(-1)).toBe('collect');
  });
});
