import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type CaptureSink, CaptureSinkError, type IncomingCapture } from '../stream/http/capture-route.ts';
import { captureFileName } from './capture-name.ts';
import { receiveFile } from './receive-file.ts';

export interface FolderStoreOptions {
  readonly directory: string;
  /** Of one file. */
  readonly maxBytes: number;
  /** Of all of them: the oldest go first. */
  readonly maxTotalBytes: number;
}

export interface FolderStore extends CaptureSink {
  /** Makes the folder and removes what a crash left unfinished. */
  prepare(): Promise<void>;
  /** Where the whole file is; undefined: it is not here. */
  locate(id: string, sha256: string): string | undefined;
  /** As of the last file. */
  counters(): { readonly files: number; readonly bytes: number; readonly pruned: number };
}

const suffix = '.pcapng';
const partSuffix = '.part';
/** Never fills a disk to its last byte for evidence. */
const spareDiskBytes = 64 * 1024 * 1024;

interface KnownFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/**
 * Capture files that agents brought, in one folder within its budget. A file has its name only when it is whole:
 * hashed while it came, flushed, read back, renamed.
 */
export function createFolderStore(options: FolderStoreOptions): FolderStore {
  const { directory, maxBytes, maxTotalBytes } = options;
  /** Promised to files that are on their way. */
  let reservedBytes = 0;
  let room: Promise<void> = Promise.resolve();
  let counters = { files: 0, bytes: 0, pruned: 0 };

  /** For what is reserved; one after the other, so that nothing is deleted or counted twice. */
  function makeRoom(): Promise<void> {
    const made = room.then(prune);
    room = made.catch(() => undefined);
    return made;
  }

  async function prune(): Promise<void> {
    const files = [...(await listFiles(directory))];
    let total = files.reduce((sum, file) => sum + file.bytes, 0);
    let pruned = 0;
    for (let file = files.shift(); file && total + reservedBytes > maxTotalBytes; file = files.shift()) {
      await rm(file.path, { force: true });
      total -= file.bytes;
      pruned += 1;
    }
    counters = { files: files.length, bytes: total, pruned: counters.pruned + pruned };
    await checkDisk(directory, reservedBytes + spareDiskBytes);
  }

  async function store(capture: IncomingCapture, body: Readable): Promise<void> {
    const path = join(directory, captureFileName(capture.id, capture.sha256));
    // Brought before, and the answer was lost.
    if (existsSync(path)) return void body.resume();
    const { bytes } = capture;
    if (bytes > Math.min(maxBytes, maxTotalBytes))
      throw new CaptureSinkError(413, `${bytes} bytes: a capture may have ${maxBytes} (captures.max_bytes)`);
    const part = `${path}.${randomUUID().slice(0, 8)}${partSuffix}`;
    reservedBytes += bytes;
    try {
      await makeRoom();
      await receiveFile(capture, body, part);
      await rename(part, path);
      await flushFolder(directory);
    } finally {
      reservedBytes -= bytes;
      await rm(part, { force: true });
    }
    counters = { ...counters, files: counters.files + 1, bytes: counters.bytes + bytes };
  }

  return {
    async prepare() {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const parts = (await readdir(directory)).filter((name) => name.endsWith(partSuffix));
      await Promise.all(parts.map((name) => rm(join(directory, name), { force: true })));
      await makeRoom();
    },
    store,
    locate(id, sha256) {
      const path = join(directory, captureFileName(id, sha256));
      return existsSync(path) ? path : undefined;
    },
    counters: () => counters,
  };
}

/** Oldest first. */
async function listFiles(directory: string): Promise<readonly KnownFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(suffix));
  const files = await Promise.all(names.map((name) => inspect(join(directory, name))));
  return files.filter((file) => file !== undefined).sort((a, b) => a.modifiedMs - b.modifiedMs);
}

async function checkDisk(directory: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < neededBytes)
    throw new CaptureSinkError(507, `${bavail * bsize} bytes are free in the folder of captures`);
}

async function flushFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Someone may tidy the folder by hand. */
async function inspect(path: string): Promise<KnownFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { path, bytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
