import { describe, expect, it } from 'vitest';
import { ParsedRecords } from './parsed-records.ts';

function counting() {
  const parsed: string[] = [];
  const records = new ParsedRecords((text) => {
    parsed.push(text);
    return { text };
  });
  return { parsed, records };
}

describe('records that several stages read', () => {
  it('are parsed once', () => {
    const { parsed, records } = counting();
    expect(records.of(1, 'a')).toBe(records.of(1, 'a'));
    expect(parsed).toEqual(['a']);
  });

  it('are parsed anew where an offset was given twice', () => {
    const { records } = counting();
    records.of(1, 'a');
    expect(records.of(1, 'b')).toEqual({ text: 'b' });
    expect(records.of(1, 'b')).toEqual({ text: 'b' });
  });

  it('are kept up to a bound, and large ones not at all', () => {
    const { parsed, records } = counting();
    for (let offset = 1; offset <= 129; offset++) records.of(offset, 'a');
    records.of(1, 'a');
    records.of(129, 'a');
    expect(parsed).toHaveLength(130);
    const large = 'x'.repeat(16_385);
    records.of(500, large);
    records.of(500, large);
    expect(parsed).toHaveLength(132);
  });
});
