import ipaddr from 'ipaddr.js';
import { sketchBucketOf } from '../../signals/sketch.ts';
import { sketchBuckets } from './api-layout.ts';

/**
 * Never outside: loopback, link-local, multicast, and the ranges for private use (RFC 1918, 4193, 6598). An API that is
 * reached by a private address is no external one here.
 */
export const privateRanges: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '::/127',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
];

const mappedBits = 96;

/** Key of `internal_ranges`: struct api_range of bpf/api.h. */
export function toRangeKey(cidr: string): Uint8Array {
  const [address, bits] = ipaddr.parseCIDR(cidr);
  const isIpv4 = address instanceof ipaddr.IPv4;
  const key = new Uint8Array(20);
  new DataView(key.buffer).setUint32(0, isIpv4 ? bits + mappedBits : bits, true);
  key.set((isIpv4 ? address.toIPv4MappedAddress() : address).toByteArray(), 4);
  return key;
}

/** Value of `bounds`: the largest whole number of µs of each bucket, as signals/sketch.ts cuts them. */
export function sketchBounds(): Uint8Array {
  const bounds = new Uint32Array(sketchBuckets);
  for (let bucket = 0; bucket < sketchBuckets; bucket++) bounds[bucket] = largestOf(bucket);
  return new Uint8Array(bounds.buffer);
}

/** By bisection over the function itself, so that the two cannot differ by a rounding. */
function largestOf(bucket: number): number {
  let [low, high] = [1, 0xffff_ffff];
  if (sketchBucketOf(high) <= bucket) return high;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (sketchBucketOf(middle) <= bucket) low = middle;
    else high = middle;
  }
  return low;
}
