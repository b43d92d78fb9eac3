import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBtf } from './btf.ts';
import { BpfError } from './errors.ts';
import { createStructDecoder } from './struct-decoder.ts';

/** `struct sample { u32 count; union { u32 left; u32 right; }; }` and `.rodata` with one u32, written by hand. */
function sampleBtf(): Uint8Array {
  const strings = '\0u32\0sample\0count\0left\0right\0.rodata\0sc_limit\0';
  const at = (name: string): number => strings.indexOf(`\0${name}\0`) + 1;
  const info = (kind: number, vlen: number): number => (kind << 24) | vlen;
  const types = [
    ...[at('u32'), info(1, 0), 4, 32],
    ...[0, info(5, 2), 4, at('left'), 1, 0, at('right'), 1, 0],
    ...[at('sample'), info(4, 2), 8, at('count'), 1, 0, 0, 2, 32],
    ...[at('sc_limit'), info(14, 0), 1, 1],
    ...[at('.rodata'), info(15, 1), 4, 4, 0, 4],
  ];
  const header = [0x0001eb9f, 24, 0, types.length * 4, types.length * 4, strings.length];
  return Buffer.concat([Buffer.from(Uint32Array.from([...header, ...types]).buffer), Buffer.from(strings)]);
}

describe('BTF', () => {
  it('tells where members lie, those of anonymous unions as the outer struct’s', () => {
    const layout = parseBtf(sampleBtf()).structLayout('sample');
    expect(layout).toEqual({
      size: 8,
      members: new Map([
        ['count', 0],
        ['left', 4],
        ['right', 4],
      ]),
    });
  });

  it('tells the variables of a section', () => {
    expect(parseBtf(sampleBtf()).sectionVariables('.rodata')).toEqual(
      new Map([['sc_limit', { offset: 0, size: 4 }]]),
    );
  });

  it('says which struct is missing', () => {
    expect(() => parseBtf(sampleBtf()).structLayout('nobody')).toThrow('the object’s BTF has no nobody');
  });

  it('is refused with a BpfError, never another, however it is cut or changed', () => {
    const whole = sampleBtf();
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(whole.length - 1), fc.nat(255), (length, at, value) => {
        const broken = Uint8Array.from(whole);
        broken[at] = value;
        try {
          parseBtf(broken.subarray(0, length)).structLayout('sample');
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
        }
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it.skipIf(!kernelHasBtf())('reads the kernel’s own', () => {
    const task = parseBtf(readFileSync('/sys/kernel/btf/vmlinux')).structLayout('tcp_sock');
    expect(task.members.has('total_retrans')).toBe(true);
    expect(task.size).toBeGreaterThan(1_000);
  });
});

describe('struct decoder', () => {
  const layout = {
    size: 24,
    members: new Map([
      ['small', 0],
      ['count', 8],
      ['bytes', 16],
    ]),
  };

  it('reads each type at the place that the layout says', () => {
    const decode = createStructDecoder('s', layout, { small: 'u16', count: 'u64', bytes: 4 });
    const bytes = new Uint8Array(24);
    bytes.set([1, 2], 0);
    bytes.set([0, 0, 0, 0, 1], 8);
    bytes.set([9, 8, 7, 6], 16);
    expect(decode(bytes)).toEqual({ small: 0x201, count: 2 ** 32, bytes: Uint8Array.of(9, 8, 7, 6) });
    expect(decode(bytes.subarray(0, 23))).toBeUndefined();
  });

  it('refuses what does not fit', () => {
    expect(() => createStructDecoder('s', layout, { absent: 'u8' })).toThrow('struct s has no member absent');
    expect(() => createStructDecoder('s', layout, { bytes: 9 })).toThrow(
      'member bytes is smaller than 9 bytes',
    );
  });
});

function kernelHasBtf(): boolean {
  try {
    return readFileSync('/sys/kernel/btf/vmlinux').length > 0;
  } catch {
    return false; // Not Linux, or built without BTF.
  }
}
