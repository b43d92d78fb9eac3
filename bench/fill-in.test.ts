import { describe, expect, it } from 'vitest';
import { replaced } from './fill-in.ts';

const result = {
  benchmark: 'b',
  conditions: { rounds: 3 },
  rows: [
    { name: 'one', figures: { speed: 1234.5, what: 'a | b' } },
    { name: 'another', figures: { speed: null, what: '' } },
    { name: 'x', figures: { bytes: 7 } },
  ],
  notes: ['it is so'],
};

describe('replaced', () => {
  it('puts tables with their conditions and notes between the marks, and leaves the rest', () => {
    const text = '# B\n\n<!-- bench b -->\n\nold\n\n<!-- /bench -->\n\nafter\n';
    expect(replaced(text, result, 'b.md').split('\n')).toEqual([
      '# B',
      '',
      '<!-- bench b -->',
      '',
      'Conditions: rounds: 3.',
      '',
      '|         | speed | what   |',
      '| ------- | ----- | ------ |',
      '| one     | 1235  | a \\| b |',
      '| another | –     |        |',
      '',
      '|     | bytes |',
      '| --- | ----- |',
      '| x   | 7     |',
      '',
      '- it is so',
      '',
      '<!-- /bench -->',
      '',
      'after',
      '',
    ]);
  });

  it('refuses a document without the marks', () => {
    expect(() => replaced('# B\n', result, 'b.md')).toThrow('b.md has no place for it: <!-- bench b -->');
  });
});
