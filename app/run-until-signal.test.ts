import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { firstSignal } from './run-until-signal.ts';

function setUp() {
  const source = new EventEmitter();
  const state = { nowMs: 0, impatient: 0 };
  const signal = firstSignal({
    source,
    nowMs: () => state.nowMs,
    onImpatience: () => void state.impatient++,
  });
  return { source, state, signal };
}

describe('firstSignal', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('resolves with %s', async (name) => {
    const { source, signal } = setUp();
    source.emit(name);
    expect(await signal).toBe(name);
  });

  it('takes the copy that npm sends for the same keypress, and another keypress for impatience', () => {
    const { source, state } = setUp();
    source.emit('SIGINT');
    state.nowMs = 20;
    source.emit('SIGINT');
    expect(state.impatient).toBe(0);
    state.nowMs = 1500;
    source.emit('SIGINT');
    expect(state.impatient).toBe(1);
  });
});
