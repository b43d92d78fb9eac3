import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bpfObjectPath, probeKernel } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { BpfObject } from '../bpf/port.ts';
import { createUdpDecoders } from './udp-layout.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
let object: BpfObject | undefined;

beforeAll(() => {
  if (!kernel.usable || kernel.architecture === undefined) return;
  object = openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture, 'udp'));
});
afterAll(() => object?.close());

const ethernet = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00];
const udpOverIpv4 = [
  0x45, 0, 1, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x80, 0, 1, 0xbb, 0, 0xec, 0, 0,
];

function layoutOf(name: string) {
  const layout = object?.structLayout(name);
  if (layout === undefined) throw new Error(`no layout of ${name}`);
  return layout;
}

describe.skipIf(!kernel.usable)('udp.bpf.c', () => {
  it('has every member that the agent reads, and no byte that it does not know', () => {
    const decoders = createUdpDecoders(layoutOf);
    const zeros = (name: string) => new Uint8Array(layoutOf(name).size);
    const read = {
      udp_peer_key: decoders.key(zeros('udp_peer_key')),
      udp_peer_counters: decoders.counters(zeros('udp_peer_counters')),
      udp_health: decoders.health(zeros('udp_health')),
    };
    const unread = Object.entries(read).map(([name, decoded]) => [
      name,
      [...layoutOf(name).members.keys()].filter((member) => !Object.keys(decoded ?? {}).includes(member)),
    ]);
    expect(unread).toEqual([
      ['udp_peer_key', ['reserved']],
      ['udp_peer_counters', ['reserved']],
      ['udp_health', []],
    ]);
    expect([layoutOf('udp_peer_key').size, layoutOf('udp_peer_counters').size]).toEqual([40, 56]);
  });

  it.each(['udp_ingress', 'udp_egress'])('%s lets every packet pass, whatever it holds', (program) => {
    const run = (packet: readonly number[]) =>
      object?.program(program).testRun(Uint8Array.from([...ethernet, ...packet])).returned;
    const bytes = fc.array(fc.nat(255), { minLength: 40, maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.boolean(), (tail, isUdp) => {
        expect(run(isUdp ? [...udpOverIpv4, ...tail] : tail)).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
