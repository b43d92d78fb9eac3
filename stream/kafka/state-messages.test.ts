import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from './client/port.ts';
import { claimMessage, flushMessages, StateLoader, toEntries } from './state-messages.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const flush = (
  nextOffset: number,
  entries: Readonly<Record<string, string | null>>,
): readonly OutgoingMessage[] =>
  flushMessages('t', 0, {
    nextOffset,
    entries: new Map([
      ...toEntries(
        Object.entries(entries).map(([key, value]) => ({ key, value: value === null ? null : bytes(value) })),
      ),
    ]),
  });

function load(
  messages: readonly OutgoingMessage[],
  owner: string,
): { readonly complete: boolean; readonly loader: StateLoader } {
  const loader = new StateLoader(owner);
  const complete = messages.some(({ key, value }, offset) =>
    loader.take({ offset, timestampMs: 0, key, value, headers: {} }),
  );
  return { complete, loader };
}

describe('StateLoader', () => {
  it('ends with the last value of every key, without what was deleted, and the last offset', () => {
    const { complete, loader } = load(
      [...flush(10, { a: '1', b: '2' }), ...flush(20, { a: null, c: '3' }), claimMessage('t', 0, 'me')],
      'me',
    );
    expect(complete).toBe(true);
    expect(
      Object.fromEntries([...loader.entries()].map(([key, value]) => [key, Buffer.from(value).toString()])),
    ).toEqual({
      b: '2',
      c: '3',
    });
    expect(loader.nextOffset).toBe(20);
  });

  it('is complete at its own claim, not at another’s', () => {
    expect(load([...flush(10, { a: '1' }), claimMessage('t', 0, 'you')], 'me').complete).toBe(false);
    expect(load([claimMessage('t', 0, 'me')], 'me').loader.nextOffset).toBeUndefined();
  });
});
