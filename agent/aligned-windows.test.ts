import { describe, expect, it } from 'vitest';
import { AlignedWindows } from './aligned-windows.ts';
import type { AgentClock } from './clock.ts';
import { ManualClock } from './testing/manual-clock.ts';

function follow(clock: AgentClock) {
  const ended: (readonly [number, number])[] = [];
  const windows = new AlignedWindows(clock, 1_000, (startMs, endMs) => ended.push([startMs, endMs]));
  windows.start();
  return { ended, windows };
}

describe('aligned windows', () => {
  it('end at whole seconds of the wall clock, whenever they were started', () => {
    const clock = new ManualClock(10_300);
    const { ended, windows } = follow(clock);
    expect(windows.openedAtMs()).toBe(10_000);
    clock.advance(2_800);
    expect(ended).toEqual([
      [10_000, 11_000],
      [11_000, 12_000],
      [12_000, 13_000],
    ]);
    windows.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('cover all windows that a busy process missed', () => {
    const manual = new ManualClock(10_300);
    // The first timer fires 2.5 s late.
    const late: AgentClock = {
      monotonicNs: () => manual.monotonicNs(),
      nowMs: () => manual.nowMs(),
      after: (delayMs: number, callback: () => void) => manual.after(delayMs + 2_500, callback),
    };
    const { ended } = follow(late);
    manual.advance(3_300);
    expect(ended).toEqual([[10_000, 13_000]]);
  });

  it('go on when the wall clock is set back', () => {
    const manual = new ManualClock(20_500);
    let backMs = 0;
    const stepped: AgentClock = {
      monotonicNs: () => manual.monotonicNs(),
      nowMs: () => manual.nowMs() - backMs,
      after: (delayMs: number, callback: () => void) => manual.after(delayMs, callback),
    };
    const { ended } = follow(stepped);
    backMs = 5_000;
    manual.advance(1_000);
    expect(ended).toEqual([[15_000, 16_000]]);
    manual.advance(1_000);
    expect(ended.at(-1)).toEqual([16_000, 17_000]);
  });
});
