import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';

/** By the file's ending: `.gz`, `.zst`, else as it is. */
export function createCompressor(path: string): Duplex {
  if (path.endsWith('.gz')) return createGzip();
  return path.endsWith('.zst') ? createZstdCompress() : new PassThrough();
}

export function createDecompressor(path: string): Duplex {
  if (path.endsWith('.gz')) return createGunzip();
  return path.endsWith('.zst') ? createZstdDecompress() : new PassThrough();
}
