import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sketchBucketOf } from '../../signals/sketch.ts';
import { bpfObjectPath, probeKernel } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject } from '../bpf/port.ts';
import { createApiDecoders } from './api-layout.ts';
import { privateRanges, sketchBounds, toRangeKey } from './kernel-tables.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
let object: BpfObject | undefined;

beforeAll(() => {
  if (!kernel.usable || kernel.architecture === undefined) return;
  object = openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture, 'api'));
});
afterAll(() => object?.close());

describe.skipIf(!kernel.usable)('api.bpf.c', () => {
  it('lays out its maps as the decoders expect', () => {
    const layouts = createApiDecoders(
      (name) => object?.structLayout(name) ?? { size: 0, members: new Map() },
    );
    expect(layouts.counters(new Uint8Array(10))).toBeUndefined();
    expect(object?.structLayout('api_range').size).toBe(toRangeKey('192.0.2.0/24').byteLength);
    expect(object?.structLayout('api_bounds').size).toBe(sketchBounds().byteLength);
    expect(object?.structLayout('api_key').size).toBe(40);
  });

  it('lets every packet pass, whatever it holds', () => {
    const bytes = fc.uint8Array({ minLength: 34, maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.constantFrom('api_egress', 'api_ingress'), (packet, name) => {
        expect(object?.program(name).testRun(packet).returned).toBe(1);
      }),
      { numRuns: 200 },
    );
  });

  it('knows private addresses of both families from others', () => {
    const ranges = object?.map('internal_ranges');
    for (const range of privateRanges) ranges?.update(toRangeKey(range), Uint8Array.of(1));
    const isInternal = (ip: string) =>
      ranges?.lookup(toRangeKey(`${ip}/${ip.includes(':') ? 128 : 32}`)) !== undefined;
    expect(
      ['10.1.2.3', '172.31.255.255', '127.0.0.1', '100.64.0.1', 'fd00::1', 'fe80::1', '::1'].map(isInternal),
    ).toEqual(Array.from({ length: 7 }, () => true));
    expect(
      ['192.0.2.1', '172.32.0.1', '11.0.0.1', '2001:db8::1', '::ffff:192.0.2.1'].map(isInternal),
    ).toEqual(Array.from({ length: 5 }, () => false));
  });
});

describe('the bounds of the buckets', () => {
  it('cut whole numbers as the sketch does', () => {
    const bounds = new Uint32Array(sketchBounds().buffer);
    expect([...bounds]).toEqual([...bounds].toSorted((a, b) => a - b));
    const bucketOf = (us: number) => {
      const found = bounds.findIndex((bound) => us <= bound);
      return found === -1 ? bounds.length - 1 : found;
    };
    fc.assert(fc.property(fc.nat(0x7fff_ffff), (us) => bucketOf(us) === sketchBucketOf(us)));
  });
});
