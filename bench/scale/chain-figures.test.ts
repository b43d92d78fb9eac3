import { describe, expect, it } from 'vitest';
import { chainFigures, type ChainSample, idleUse } from './chain-figures.ts';

function sample(seconds: number, observations: number, cpuSeconds: number, lag: number): ChainSample {
  const use = { cpuSeconds, residentBytes: 100e6 };
  return {
    atMs: seconds * 1000,
    uses: { name: use, engine: use, notify: use, record: use, broker: use, postgres: use },
    lags: { name: 0, engine: lag, notify: 0 },
    bytes: { raw: observations * 20, signals: 0, wide: 0, 'state.judge': 0, alerts: 0 },
    observations,
    batches: observations / 10,
    plainBytes: observations * 300,
    lateMs: [40, 60],
  };
}

const idle = idleUse(sample(0, 0, 0, 0), sample(10, 0, 0.1, 0));

describe('chainFigures', () => {
  it('takes what an idle process costs off what an observation costs', () => {
    const figures = chainFigures(idle, sample(10, 1_000, 1, 0), sample(20, 11_000, 2.1, 0));
    expect(figures.observationsPerSecond).toBe(1_000);
    // 1.1 CPU seconds in ten, of which 0.1 without any.
    expect(figures.cpuPerObservation.engine).toBeCloseTo(1 / 10_000, 12);
    expect(figures.bytesPerObservation.raw).toBe(20);
    expect(figures.lateMs).toBe(50);
  });

  it('says when somebody fell behind', () => {
    const held = (lag: number): boolean =>
      chainFigures(idle, sample(10, 1_000, 1, 0), sample(20, 11_000, 2, lag)).held;
    expect(held(100)).toBe(true);
    expect(held(101)).toBe(false);
  });
});
