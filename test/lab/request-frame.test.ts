import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRequest, RequestReader } from './request-frame.ts';

describe('RequestReader', () => {
  it('finds the same requests however the stream is cut', () => {
    const requests = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.nat(1000)), { maxLength: 20 });
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 40 }), (sent, cut) => {
        const stream = Buffer.concat(sent.map(([bytes, answer]) => encodeRequest(bytes, answer)));
        const reader = new RequestReader();
        const due: number[] = [];
        for (let at = 0; at < stream.length; at += cut)
          due.push(...reader.read(stream.subarray(at, at + cut)));
        expect(due).toEqual(sent.map(([, answer]) => answer));
      }),
      { seed: 1 },
    );
  });
});
