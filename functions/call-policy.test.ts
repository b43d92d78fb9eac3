import { describe, expect, it } from 'vitest';
import { createCallPolicy } from './call-policy.ts';
import { FunctionError } from './event-function.ts';

const { signal } = new AbortController();
const quick = { timeoutMs: 1_000, firstDelayMs: 1, maxDelayMs: 2, openMs: 60_000 };
const down = new FunctionError('unreachable', 'no answer', { retryable: true });
const refused = new FunctionError('status', 'status 400', { retryable: false });

function failing(
  times: number,
  error: Error,
): { readonly calls: () => number; readonly call: () => Promise<string> } {
  let calls = 0;
  return {
    calls: () => calls,
    call: () => {
      calls += 1;
      return calls <= times ? Promise.reject(error) : Promise.resolve('done');
    },
  };
}

describe('a call policy', () => {
  it('tries again what may pass', async () => {
    const twice = failing(2, down);
    await expect(createCallPolicy({ ...quick, attempts: 3 }).run(twice.call, signal)).resolves.toBe('done');
    expect(twice.calls()).toBe(3);
  });

  it('gives up after its attempts with the last error, and at once what is refused', async () => {
    const always = failing(99, down);
    await expect(createCallPolicy({ ...quick, attempts: 2 }).run(always.call, signal)).rejects.toBe(down);
    expect(always.calls()).toBe(2);
    const no = failing(99, refused);
    await expect(createCallPolicy({ ...quick, attempts: 9 }).run(no.call, signal)).rejects.toBe(refused);
    expect(no.calls()).toBe(1);
  });

  it('leaves a function alone that failed five times in a row; refusals of single events do not count', async () => {
    const policy = createCallPolicy({ ...quick, attempts: 1 });
    for (let n = 0; n < 9; n++) await policy.run(failing(99, refused).call, signal).catch(() => undefined);
    expect(policy.state()).toBe('closed');
    for (let n = 0; n < 5; n++) await policy.run(failing(99, down).call, signal).catch(() => undefined);
    expect(policy.state()).toBe('open');
    const unheard = failing(0, down);
    await expect(policy.run(unheard.call, signal)).rejects.toThrow(/circuit/i);
    expect(unheard.calls()).toBe(0);
  });

  it('ends a call that takes too long', async () => {
    const policy = createCallPolicy({ ...quick, timeoutMs: 5, attempts: 1 });
    await expect(policy.run(() => new Promise(() => undefined), signal)).rejects.toThrow(/timed out/i);
  });
});
