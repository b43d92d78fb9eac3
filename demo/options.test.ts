import { CommanderError } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { parseDemoOptions } from './options.ts';

describe('the options of the demo', () => {
  it('are all off', () => {
    const off = {
      json: false,
      keep: false,
      kafka: false,
      placebo: false,
      record: undefined,
      recorded: false,
    };
    expect(parseDemoOptions([])).toEqual(off);
    expect(parseDemoOptions(['--yes', '--kafka', '--json'])).toEqual({ ...off, kafka: true, json: true });
  });

  it.each([
    [['--kafka', '--recorded'], '--kafka is for a live run'],
    [['--kafka', '--record', 'a.ndjson'], '--kafka is for a live run'],
    [['--recorded', '--keep'], 'there is nothing to keep'],
    [['--kafak'], '--kafka'],
  ])('%s: says what is wrong', (args, says) => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(() => parseDemoOptions(args)).toThrow(CommanderError);
      expect(stderr.mock.calls.join('')).toContain(says);
    } finally {
      stderr.mockRestore();
    }
  });
});
