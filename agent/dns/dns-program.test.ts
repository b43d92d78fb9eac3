import { encode } from 'dns-packet';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bpfObjectPath, probeKernel } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject } from '../bpf/port.ts';
import { dnsEventLayout } from './dns-event.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
let object: BpfObject | undefined;

beforeAll(() => {
  if (!kernel.usable || kernel.architecture === undefined) return;
  object = openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture, 'dns'));
});
afterAll(() => object?.close());

const ethernet = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00];
const udpOverIpv4 = [
  0x45, 0, 1, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 53, 0x80, 0, 0, 0xec, 0, 0,
];
const message = encode({ type: 'response', answers: [{ type: 'A', name: 'a.example', data: '192.0.2.9' }] });

describe.skipIf(!kernel.usable)('dns.bpf.c', () => {
  it('lays out its event as the decoder expects', () => {
    const layout = object?.structLayout('dns_event');
    expect(layout?.size).toBe(dnsEventLayout.size);
    expect(Object.fromEntries(layout?.members ?? [])).toEqual(dnsEventLayout.members);
    expect(object?.structLayout('dns_short').members.get('data')).toBe(dnsEventLayout.size);
    expect(object?.structLayout('dns_long').members.get('data')).toBe(dnsEventLayout.size);
  });

  it.each(['dns_ingress', 'dns_egress'])('%s lets every packet pass, whatever it holds', (program) => {
    const run = (packet: readonly number[]) =>
      object?.program(program).testRun(Uint8Array.from([...ethernet, ...packet])).returned;
    expect(run([...udpOverIpv4, ...message])).toBe(1);
    const bytes = fc.array(fc.nat(255), { minLength: 40, maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.boolean(), (tail, isUdp) => {
        expect(run(isUdp ? [...udpOverIpv4, ...tail] : tail)).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
