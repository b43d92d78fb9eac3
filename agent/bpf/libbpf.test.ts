import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BpfError } from './errors.ts';
import { bpfObjectPath, probeKernel } from './kernel.ts';
import { openBpfObject } from './libbpf.ts';
import type { BpfObject, OpenOptions } from './port.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;

function open(family: string, options: OpenOptions = {}): BpfObject {
  return openBpfObject(bpfObjectPath(bpfDirectory, kernel.architecture ?? 'x86', family), options);
}

const keyOf = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

describe.skipIf(!kernel.usable)('libbpf', () => {
  it('reads back what it wrote into a map, all of it, in batches', () => {
    const object = open('owners', { maxEntries: { wanted: 3_000 } });
    const map = object.map('wanted');
    expect(map).toMatchObject({ name: 'wanted', keySize: 8, valueSize: 1, maxEntries: 3_000 });
    for (let key = 0; key < 2_500; key++) map.update(keyOf(key), Uint8Array.of(key & 0xff));
    const read = ([key, value]: readonly [Uint8Array, Uint8Array]) => [
      Number(Buffer.from(key).readBigUInt64LE()),
      value[0],
    ];
    const entries = Array.from(map.entries(), read);
    entries.sort(([a = 0], [b = 0]) => a - b);
    expect(entries).toEqual(Array.from({ length: 2_500 }, (_, key) => [key, key & 0xff]));
    expect(map.lookup(keyOf(7))).toEqual(Uint8Array.of(7));
    // A walk that is broken off, and one within another.
    for (const outer of map.entries()) {
      const before = read(outer);
      expect(Array.from(map.entries(), read)).toHaveLength(2_500);
      expect(read(outer)).toEqual(before);
      break;
    }
    expect(Array.from(map.entries(), read).toSorted(([a = 0], [b = 0]) => a - b)).toEqual(entries);
    expect(map.delete(keyOf(7))).toBe(true);
    expect(map.delete(keyOf(7))).toBe(false);
    expect(map.lookup(keyOf(7))).toBeUndefined();
    object.close();
  });

  it('loads while signals rain down on the process', () => {
    const profiler = new Session();
    profiler.connect();
    profiler.post('Profiler.enable');
    // V8's sampling profiler interrupts this thread with a SIGPROF for each sample.
    profiler.post('Profiler.setSamplingInterval', { interval: 200 });
    profiler.post('Profiler.start');
    try {
      open('tcp').close();
      open('recorder').close();
    } finally {
      profiler.post('Profiler.stop');
      profiler.disconnect();
    }
  });

  it('gives one value a CPU of a per-CPU map', () => {
    const object = open('tcp');
    const health = object.map('health');
    const value = health.lookup(new Uint8Array(4));
    expect((value?.byteLength ?? 0) % health.valueSize).toBe(0);
    expect([...health.entries()]).toHaveLength(1);
    object.close();
  });

  it('refuses keys of the wrong size before the kernel reads past them', () => {
    const object = open('owners');
    expect(() => object.map('wanted').lookup(new Uint8Array(4))).toThrow('map wanted takes 8 bytes, not 4');
    object.close();
  });

  it('says what an object does not have, and is closed for good', () => {
    const object = open('tcp');
    expect(() => object.map('nothing')).toThrow(/no map nothing in the object; it has .*peers/);
    expect(() => object.program('nothing')).toThrow(/no program nothing/);
    expect(() => open('tcp', { constants: { sc_nothing: 1 } })).toThrow(/no constant sc_nothing/);
    object.close();
    object.close();
    expect(() => object.map('peers')).toThrow(/is closed/);
  });

  it('does not load what is to be skipped', () => {
    const object = open('tcp', { skip: ['tcp_older_sockets'] });
    expect(() => object.program('tcp_older_sockets').attach()).toThrow(BpfError);
    object.close();
  });

  it('tells why a file is refused, with what libbpf said', () => {
    const directory = mkdtempSync(join(tmpdir(), 'saccade-libbpf-'));
    try {
      const path = join(directory, 'broken.bpf.o');
      writeFileSync(path, 'not an object');
      expect(() => openBpfObject(path)).toThrow(/broken\.bpf\.o[\s\S]*libbpf: /);
      expect(() => openBpfObject(join(directory, 'absent.bpf.o'))).toThrow(/not found \(ENOENT\)/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
