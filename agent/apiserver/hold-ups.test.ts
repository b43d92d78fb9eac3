import { describe, expect, it } from 'vitest';
import { HoldUps } from './hold-ups.ts';

/** A clock whose timers come as late as the process that they belong to. */
class StalledClock {
  #nowMs = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  monotonicNs(): bigint {
    return BigInt(this.#nowMs) * 1_000_000n;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Time goes by without this process. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  /** Timers that are due come now. */
  wake(): void {
    for (const timer of this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
    }
  }

  run(ms: number): void {
    for (let at = 0; at < ms; at++) {
      this.stall(1);
      this.wake();
    }
  }
}

const heldMs = (span: { heldUs(): number }): number => span.heldUs() / 1_000;

describe('HoldUps', () => {
  it('is nothing for a process that runs, however long it waits', () => {
    const clock = new StalledClock();
    const span = new HoldUps(clock).begin();
    clock.run(2_000);
    expect(heldMs(span)).toBe(0);
  });

  it('is what a timer came late by, and what one that is due has not come by yet', () => {
    const clock = new StalledClock();
    const span = new HoldUps(clock).begin();
    clock.stall(320);
    expect(heldMs(span)).toBe(295);
    clock.wake();
    expect(heldMs(span)).toBe(295);
    clock.run(100);
    clock.stall(125);
    expect(heldMs(span)).toBe(395);
  });

  it('counts for each only what happened while it lasted', () => {
    const clock = new StalledClock();
    const holdUps = new HoldUps(clock);
    const first = holdUps.begin();
    clock.stall(125);
    const second = holdUps.begin();
    clock.stall(50);
    clock.wake();
    expect([first, second].map(heldMs)).toEqual([150, 50]);
  });

  it('sets timers only while something is timed', () => {
    const clock = new StalledClock();
    const holdUps = new HoldUps(clock);
    const spans = [holdUps.begin(), holdUps.begin()];
    clock.run(100);
    for (const span of spans) span.end();
    spans[0]?.end();
    expect(clock.timers).toBe(0);
    clock.stall(500);
    const later = holdUps.begin();
    clock.run(30);
    expect(heldMs(later)).toBe(0);
    expect(clock.timers).toBe(1);
  });
});
