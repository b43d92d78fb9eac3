import { describe, expect, it } from 'vitest';
import { ApiDeltas } from './api-deltas.ts';
import { type ApiCounters, sketchBuckets } from './api-layout.ts';

/** Counts of `response_us` by bucket. */
function sketch(counts: Readonly<Record<number, number>>): Uint8Array {
  const buckets = new Uint32Array(sketchBuckets);
  for (const [bucket, count] of Object.entries(counts)) buckets[Number(bucket)] = count;
  return new Uint8Array(buckets.buffer);
}

function counters(
  requests: number,
  buckets: Readonly<Record<number, number>>,
  incarnation = 1n,
): ApiCounters {
  return {
    incarnation,
    connections: 0,
    hellos: 0,
    requests,
    unanswered: 0,
    excluded_http2: 0,
    excluded_duplex: 0,
    excluded_streams: 0,
    excluded_long_waits: 0,
    excluded_paused: 0,
    excluded_unclear: 0,
    netns_inode: 7,
    handshake_us: sketch({}),
    server_hello_us: sketch({}),
    response_us: sketch(buckets),
  };
}

describe('differences of api.latency', () => {
  it('tells each count once, by bucket', () => {
    const deltas = new ApiDeltas();
    expect(deltas.tell(counters(3, { 40: 3 }))).toMatchObject({ requests: 3, 'response_us[40]': 3 });
    const next = deltas.tell(counters(5, { 40: 4, 41: 1 }));
    expect(next).toMatchObject({ requests: 2, 'response_us[40]': 1, 'response_us[41]': 1 });
    expect(deltas.tell(counters(5, { 40: 4, 41: 1 }))).toBeUndefined();
  });

  it('begins anew when the kernel evicted the key, whatever the new life has counted', () => {
    const deltas = new ApiDeltas();
    deltas.tell(counters(100, { 40: 100 }));
    expect(deltas.tell(counters(120, { 40: 120 }, 2n))).toMatchObject({
      requests: 120,
      'response_us[40]': 120,
    });
  });

  it('takes a bucket that wraps around at 32 bits for what it is', () => {
    const deltas = new ApiDeltas();
    deltas.tell(counters(1, { 40: 0xffff_ffff }));
    expect(deltas.tell(counters(3, { 40: 1 }))).toMatchObject({ requests: 2, 'response_us[40]': 2 });
  });
});
