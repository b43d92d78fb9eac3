import { beforeEach, describe, expect, it } from 'vitest';
import { LaneScreen } from './lane-screen.ts';

let written: string;
let screen: LaneScreen;
beforeEach(() => {
  written = '';
  screen = new LaneScreen((text) => (written += text), 'first');
});

describe('LaneScreen', () => {
  it('shows one lane as it speaks, by whole lines', () => {
    screen.begin('first', 'tests');
    screen.say('first', 'one\ntw');
    expect(written).toBe('\n== tests\none\n');
    screen.say('first', 'o\n');
    screen.end('first', 'good');
    expect(written).toBe('\n== tests\none\ntwo\n-- tests: good\n');
  });

  it('shows a step of another whole at its end, and tells that it began', () => {
    screen.begin('first', 'tests');
    screen.begin('second', 'lint');
    screen.say('second', 'a fault');
    screen.say('first', 'one\n');
    expect(written).toBe('\n== tests\n-- lint: begins, beside\none\n');
    screen.end('second', 'FAILED');
    expect(written).toMatch(/one\n\n== lint\na fault\n-- lint: FAILED\n$/);
  });

  it('has one line for a silent step', () => {
    screen.begin('second', 'format');
    screen.end('second', 'good');
    expect(written).toBe('-- format: begins, beside\n-- format: good\n');
  });

  it('goes over to another lane, from the beginning of its step', () => {
    screen.begin('second', 'lint');
    screen.say('second', 'one\ntw');
    screen.show('second');
    expect(written).toMatch(/\n== lint\none\n$/);
    screen.say('second', 'o');
    screen.end('second', 'good');
    screen.begin('second', 'types');
    expect(written).toMatch(/one\ntwo\n-- lint: good\n\n== types\n$/);
  });

  it('holds the end of what is too long', () => {
    screen.begin('second', 'lint');
    for (let n = 0; n < 50; n += 1) screen.say('second', 'x'.repeat(100_000));
    screen.say('second', 'the end\n');
    screen.end('second', 'good');
    expect(written.length).toBeLessThan(4_001_000);
    expect(written).toContain('the end\n');
  });
});
