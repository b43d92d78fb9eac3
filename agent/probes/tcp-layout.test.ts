import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bpfObjectPath, probeKernel } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import { toSocketEvidence } from './tcp-evidence.ts';
import { createTcpDecoders } from './tcp-layout.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;

describe.skipIf(!kernel.usable || kernel.architecture === undefined)('layouts of bpf/tcp.h', () => {
  const object = openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture ?? 'x86', 'tcp'));
  const layouts = new Map(
    ['tcp_peer_key', 'tcp_peer_counters', 'tcp_event', 'tcp_health'].map((name) => [
      name,
      object.structLayout(name),
    ]),
  );
  object.close();
  const layoutOf = (name: string) => {
    const layout = layouts.get(name);
    if (layout === undefined) throw new Error(`no layout of ${name}`);
    return layout;
  };
  const decoders = createTcpDecoders(layoutOf);

  it('have every member that the agent reads, and no byte that it does not know', () => {
    const read = { tcp_peer_key: 1, tcp_peer_counters: 2, tcp_event: 1, tcp_health: 0 };
    for (const [name, unread] of Object.entries(read)) {
      // Unread are `reserved` and the kernel's own `noticed_ns`.
      const fields = Object.keys(decodeZeros(name) ?? {});
      expect([name, layoutOf(name).members.size - fields.length]).toEqual([name, unread]);
    }
  });

  it('are refused where a member is missing or too small', () => {
    const without = (name: string) => ({
      ...layoutOf(name),
      members: new Map([...layoutOf(name).members].filter(([member]) => member !== 'retransmits')),
    });
    expect(() => createTcpDecoders(without)).toThrow('struct tcp_peer_counters has no member retransmits');
    const shifted = (name: string) => ({
      ...layoutOf(name),
      members: new Map([...layoutOf(name).members].map(([member, at]) => [member, at === 40 ? 36 : at])),
    });
    expect(() => createTcpDecoders(shifted)).toThrow(/is smaller than 8 bytes/);
  });

  it('decode bytes of any length and content without failing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decoders.counters(bytes) === undefined).toBe(
          bytes.length < layoutOf('tcp_peer_counters').size,
        );
        const event = decoders.event(bytes);
        expect(event === undefined).toBe(bytes.length < layoutOf('tcp_event').size);
        const key = event && decoders.key(event.key);
        if (event === undefined || key === undefined) return;
        const evidence = toSocketEvidence(event, key);
        expect(evidence.local).toMatch(/^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]):\d+$/);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  function decodeZeros(name: string) {
    const zeros = new Uint8Array(layoutOf(name).size);
    switch (name) {
      case 'tcp_peer_key':
        return decoders.key(zeros);
      case 'tcp_peer_counters':
        return decoders.counters(zeros);
      case 'tcp_event':
        return decoders.event(zeros);
      default:
        return decoders.health(zeros);
    }
  }
});
