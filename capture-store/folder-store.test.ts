import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderStore, type FolderStore } from './folder-store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-folder-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const describeFile = (id: string, bytes: Buffer) => ({
  id,
  node: 'n1',
  bytes: bytes.length,
  sha256: sha256(bytes),
});

async function openStore(maxTotalBytes = 10_000): Promise<FolderStore> {
  const store = createFolderStore({ directory, maxBytes: 4_000, maxTotalBytes });
  await store.prepare();
  return store;
}

describe('the folder of captures', () => {
  it('holds a file whole, by its hash, however often it comes', async () => {
    const store = await openStore();
    const bytes = Buffer.from('packets');
    const file = describeFile('../../etc/x', bytes);
    expect(store.locate(file.id, file.sha256)).toBeUndefined();
    for (let n = 0; n < 2; n += 1) await store.store(file, Readable.from([bytes]));
    const path = store.locate(file.id, file.sha256) ?? '';
    expect(readFileSync(path)).toEqual(bytes);
    expect(readdirSync(directory)).toEqual([basename(path)]);
    expect(store.counters()).toMatchObject({ files: 1, bytes: bytes.length });
  });

  it.each([
    ['another hash', { sha256: sha256(Buffer.from('x')) }, 'the file has the hash'],
    ['fewer bytes', { bytes: 100 }, '7 bytes came instead of the promised 100'],
    ['more bytes', { bytes: 3 }, 'more than the promised 3 bytes'],
    ['too many', { bytes: 4_001 }, 'a capture may have 4000'],
  ])('refuses %s than it was told and keeps nothing of it', async (_, told, message) => {
    const store = await openStore();
    const bytes = Buffer.from('packets');
    await expect(
      store.store({ ...describeFile('a', bytes), ...told }, Readable.from([bytes])),
    ).rejects.toThrow(message);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('keeps nothing of a file whose sender dies on the way, and takes it again', async () => {
    const store = await openStore();
    const bytes = Buffer.alloc(1000, 7);
    const file = describeFile('a', bytes);
    const broken = Readable.from(
      (function* () {
        yield bytes.subarray(0, 500);
        throw new Error('gone');
      })(),
    );
    await expect(store.store(file, broken)).rejects.toThrow('gone');
    expect(readdirSync(directory)).toEqual([]);
    await store.store(file, Readable.from([bytes]));
    expect(store.locate('a', file.sha256)).toBeDefined();
  });

  it('lets the oldest go first, also of files that are on their way together', async () => {
    const store = await openStore(9_000);
    const bytes = Array.from({ length: 4 }, (_, n) => Buffer.alloc(4_000, n));
    const [first = Buffer.of(), ...rest] = bytes;
    await store.store(describeFile('f0', first), Readable.from([first]));
    utimesSync(store.locate('f0', sha256(first)) ?? '', 1, 1);
    await Promise.all(
      rest.slice(0, 2).map((one, n) => store.store(describeFile(`f${n + 1}`, one), Readable.from([one]))),
    );
    expect(readdirSync(directory).map((name) => name.slice(0, 2))).toEqual(['f1', 'f2']);
    expect(store.counters().pruned).toBe(1);
  });

  it('removes what a crash left unfinished', async () => {
    writeFileSync(join(directory, 'a.pcapng.12345678.part'), 'half');
    await openStore();
    expect(readdirSync(directory)).toEqual([]);
  });
});
