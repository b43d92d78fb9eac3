import { closeSync, openSync, readSync } from 'node:fs';

/** A file's text up to `maxBytes`, cut at a line's end; files under /proc do not tell their size. undefined: cannot be read. */
export function readBounded(path: string, maxBytes: number): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return undefined; // Absent (IPv6 switched off, process gone) or not ours to read.
  }
  try {
    return readUpTo(fd, maxBytes);
  } catch {
    return undefined; // The process went away while we read.
  } finally {
    closeSync(fd);
  }
}

const chunkBytes = 65_536;

function readUpTo(fd: number, maxBytes: number): string {
  const chunks: Buffer[] = [];
  let total = 0;
  while (total < maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, maxBytes - total));
    const length = readSync(fd, chunk);
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
