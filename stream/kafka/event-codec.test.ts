import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../cloud-event.ts';
import { tickType } from '../events/control.ts';
import type { IncomingMessage } from './client/port.ts';
import { decodeEvent, encodeEvent } from './event-codec.ts';

const event = createCloudEvent({
  id: 'n/b/1',
  source: '/clusters/c/nodes/n',
  type: 'io.saccade.observations.v1',
  timeMs: 1_750_000_000_000,
  partitionkey: 'c/shop/netns/a',
  data: { text: 'grüße' },
});

function incoming(message: Partial<IncomingMessage>): IncomingMessage {
  return { offset: 7, timestampMs: 1_750_000_001_234, key: null, value: null, headers: {}, ...message };
}

describe('the binary binding of CloudEvents', () => {
  it('puts attributes into ce_ headers, data into the value, the partition key into the key', () => {
    const { key, value, headers } = encodeEvent(event);
    expect(key).toBe('c/shop/netns/a');
    expect(JSON.parse(Buffer.from(value ?? []).toString())).toEqual({ text: 'grüße' });
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: 'n/b/1',
      ce_type: 'io.saccade.observations.v1',
      'content-type': 'application/json',
    });
  });

  it('gives the event back', () => {
    const { value, headers } = encodeEvent(event);
    expect(decodeEvent(incoming({ value, headers: headers ?? {} }))).toEqual({ ok: true, event });
  });

  it('takes the time of a tick from the broker', () => {
    const tick = createCloudEvent({ ...event, type: tickType, timeMs: 0, data: {} });
    const { value, headers } = encodeEvent(tick);
    const decoded = decodeEvent(incoming({ value, headers: headers ?? {} }));
    expect(decoded).toMatchObject({ ok: true, event: { time: new Date(1_750_000_001_234).toISOString() } });
  });

  it('refuses anything else with a reason and never throws', () => {
    const { headers } = encodeEvent(event);
    expect(decodeEvent(incoming({ headers: headers ?? {} }))).toMatchObject({
      ok: false,
      reason: 'no value',
    });
    fc.assert(
      fc.property(fc.uint8Array(), fc.dictionary(fc.string(), fc.string()), (value, some) => {
        expect(decodeEvent(incoming({ value, headers: some })).ok).toBe(false);
      }),
      { seed: 151 },
    );
  });
});
