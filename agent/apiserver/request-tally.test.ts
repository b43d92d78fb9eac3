import { describe, expect, it } from 'vitest';
import { sketchCountsOf, sketchQuantile } from '../../signals/sketch.ts';
import { RequestTally } from './request-tally.ts';
import type { RequestOutcome } from './timed-request.ts';

const ms = 1_000;
const answered: RequestOutcome = {
  failure: undefined,
  outcome: '200',
  detail: undefined,
  phases: { connect: ms, first_byte: 390 * ms, total: 400 * ms },
  reused: false,
  remoteIp: '192.0.2.10',
  heldUs: 0,
  retryAfterMs: 0,
};

function tallyOf(outcome: Partial<RequestOutcome>) {
  const tally = new RequestTally('/readyz');
  tally.add({ ...answered, ...outcome });
  const told = tally.take();
  const { fields = {} } = told ?? {};
  const freshUs = sketchQuantile(sketchCountsOf(fields, 'fresh_us'), 0.5);
  return { fields, freshMs: freshUs / ms, evidence: told?.requests[0] };
}

describe('what is told of a request', () => {
  it('is its time, while this process ran', () => {
    const { fields, freshMs, evidence } = tallyOf({});
    expect(fields).toMatchObject({ requests: 1, failures: 0, fresh_requests: 1, held_up: 0 });
    expect(freshMs).toBeGreaterThan(350);
    expect(evidence).toMatchObject({ phases_us: { total: 400 * ms } });
  });

  it('is the shortest time that the server can have taken, where this process was held up for a part', () => {
    const { fields, freshMs } = tallyOf({ heldUs: 180 * ms });
    expect(fields['held_up']).toBe(0);
    expect(freshMs).toBeGreaterThan(190);
    expect(freshMs).toBeLessThan(250);
  });

  it('is no time where that was most of it, and the evidence says so', () => {
    const { fields, evidence } = tallyOf({ heldUs: 320 * ms });
    expect(fields).toMatchObject({ requests: 1, failures: 0, held_up: 1 });
    expect(Object.keys(fields).filter((name) => name.includes('_us'))).toEqual([]);
    expect(evidence).toMatchObject({ phases_us: {}, detail: 'this agent was held up for 320 ms of it' });
  });

  it('is a failure all the same', () => {
    const failed = { failure: 'server', outcome: '503', detail: 'Service Unavailable' } as const;
    const { fields, evidence } = tallyOf({ ...failed, heldUs: 320 * ms });
    expect(fields).toMatchObject({ failures: 1, failures_server: 1, held_up: 1 });
    expect(evidence?.detail).toBe('Service Unavailable; this agent was held up for 320 ms of it');
  });
});
