import { describe, expect, it } from 'vitest';
import { renderResult } from './report.ts';

describe('renderResult', () => {
  it('prints conditions, a table for each set of columns, and notes', () => {
    const text = renderResult({
      benchmark: 'b',
      conditions: { rounds: 3 },
      rows: [
        { name: 'one', figures: { speed: 1234.5, share: 0.01234 } },
        { name: 'two', figures: { speed: null, share: NaN } },
        { name: 'other', figures: { bytes: 7 } },
      ],
      notes: ['it is so'],
    });
    expect(text.split('\n')).toEqual([
      'b',
      '  rounds: 3',
      '',
      '     speed  share',
      'one  1235   0.0123',
      'two  –      –',
      '',
      '       bytes',
      'other  7',
      '',
      '- it is so',
    ]);
  });
});
