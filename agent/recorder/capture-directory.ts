import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type CaptureContents, countPackets, readCapture } from './read-capture.ts';

export interface StoredFile {
  /** Absolute when the directory is. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The folder that holds finished captures, bounded in bytes: the oldest go first. */
export interface CaptureDirectory {
  /**
   * Creates the folder, removes what an interrupted write left behind, and makes captures of the parts of those that
   * were not finished.
   */
  prepare(): Promise<void>;
  /** Makes room for a file of at most `bytes`; returns why there cannot be any. */
  makeRoom(bytes: number): Promise<string | undefined>;
  /** Writes, flushes, renames, reads back and compares; `packets` is how many blocks the file must hold. */
  store(name: string, contents: Uint8Array, packets: number): Promise<StoredFile>;
  /** Writes what there is of a capture that goes on: it outlives this process if `dropPart` is not reached. */
  keepPart(name: string, contents: Uint8Array): Promise<void>;
  dropPart(name: string): Promise<void>;
  /** What `prepare` made of a part; undefined: there was none of this name. */
  recovered(name: string): Promise<{ stored: StoredFile; contents: CaptureContents } | undefined>;
  counters(): CaptureDirectoryCounters;
}

export interface CaptureDirectoryCounters {
  readonly bytes: number;
  readonly files: number;
  readonly pruned: number;
  /** Unfinished captures found by `prepare`: kept as they were, or not readable and removed. */
  readonly recovered: number;
  readonly discarded: number;
}

interface KnownFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

const suffix = '.pcapng';
const partSuffix = '.pcapng.part';
const temporarySuffix = '.tmp';
/** Never fills a disk to its last byte for evidence. */
const spareDiskBytes = 64 * 1024 * 1024;

export function createCaptureDirectory(path: string, maxTotalBytes: number): CaptureDirectory {
  let files: KnownFile[] = [];
  let pruned = 0;
  const recovered = new Set<string>();
  let discarded = 0;
  const totalBytes = (): number => files.reduce((sum, file) => sum + file.bytes, 0);

  async function list(): Promise<void> {
    const names = (await readdir(path)).filter((name) => name.endsWith(suffix));
    const known = await Promise.all(names.map((name) => inspect(join(path, name))));
    files = known.filter((file) => file !== undefined).sort((a, b) => a.modifiedMs - b.modifiedMs);
  }

  async function prune(bytes: number): Promise<void> {
    while (files.length > 0 && totalBytes() + bytes > maxTotalBytes) {
      const oldest = files.shift();
      if (oldest === undefined) return;
      await unlinkIfThere(oldest.path);
      pruned += 1;
    }
  }

  /** A part is renamed into place when it is whole, so it is readable unless the disk says otherwise. */
  async function finishParts(): Promise<void> {
    const names = new Set(await readdir(path));
    for (const name of names) {
      if (!name.endsWith(partSuffix)) continue;
      const part = join(path, name);
      const finished = name.slice(0, -partSuffix.length) + suffix;
      if (names.has(finished)) await unlinkIfThere(part);
      else if (await isReadable(part)) {
        await rename(part, join(path, finished));
        recovered.add(finished);
      } else {
        await unlinkIfThere(part);
        discarded += 1;
      }
    }
  }

  return {
    async prepare() {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const leftovers = (await readdir(path)).filter((name) => name.endsWith(temporarySuffix));
      await Promise.all(leftovers.map((name) => unlinkIfThere(join(path, name))));
      await finishParts();
      await list();
      await prune(0);
    },
    async makeRoom(bytes) {
      if (bytes > maxTotalBytes)
        return `${bytes} bytes are more than all captures may take (${maxTotalBytes})`;
      await list();
      await prune(bytes);
      const { bavail, bsize } = await statfs(path);
      const free = bavail * bsize;
      return free < bytes + spareDiskBytes ? `disk: ${free} bytes free in ${path}` : undefined;
    },
    async store(name, contents, packets) {
      const file = join(path, name + suffix);
      await writeDurably(path, file, contents);
      const sha256 = await verify(file, contents, packets);
      await list();
      return { path: file, bytes: contents.length, sha256 };
    },
    keepPart: (name, contents) => writeDurably(path, join(path, name + partSuffix), contents),
    dropPart: (name) => unlinkIfThere(join(path, name + partSuffix)),
    async recovered(name) {
      if (!recovered.has(name + suffix)) return undefined;
      const file = join(path, name + suffix);
      const written = await readFile(file);
      const stored = { path: file, bytes: written.length, sha256: sha256Of(written) };
      return { stored, contents: readCapture(written) };
    },
    counters: () => ({
      bytes: totalBytes(),
      files: files.length,
      pruned,
      recovered: recovered.size,
      discarded,
    }),
  };
}

/** After a crash the file is either whole under its name or not there: flushed first, then renamed, then the folder. */
async function writeDurably(directory: string, file: string, contents: Uint8Array): Promise<void> {
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(contents);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function verify(file: string, contents: Uint8Array, packets: number): Promise<string> {
  const written = await readFile(file);
  const sha256 = sha256Of(written);
  if (sha256 !== sha256Of(contents)) throw new Error(`${file} does not read back as it was written`);
  const found = countPackets(written);
  if (found !== packets) throw new Error(`${file} holds ${found} packets instead of ${packets}`);
  return sha256;
}

async function isReadable(file: string): Promise<boolean> {
  const contents = await readFile(file);
  try {
    countPackets(contents);
    return true;
  } catch {
    // Says where it is broken; it is removed and counted either way.
    return false;
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function inspect(path: string): Promise<KnownFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { path, bytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Someone may tidy the folder by hand. */
async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
