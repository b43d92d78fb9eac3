import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CaptureSinkError, type IncomingCapture } from '../stream/http/capture-route.ts';

/** Hashed while it comes, flushed, read back. Throws a CaptureSinkError where it is not what was promised. */
export async function receiveFile(capture: IncomingCapture, body: Readable, part: string): Promise<void> {
  const handle = await open(part, 'wx', 0o600);
  try {
    const received = await copy(body, handle, capture.bytes);
    if (received !== capture.sha256)
      throw new CaptureSinkError(422, `the file has the hash ${received} instead of ${capture.sha256}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if ((await hashOf(part)) !== capture.sha256)
    throw new CaptureSinkError(507, 'the file does not read back as it was written');
}

/** Gives the hash of what came; more or less than promised is refused. */
async function copy(body: Readable, file: FileHandle, promisedBytes: number): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > promisedBytes)
      throw new CaptureSinkError(400, `more than the promised ${promisedBytes} bytes`);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  if (bytes !== promisedBytes)
    throw new CaptureSinkError(400, `${bytes} bytes came instead of the promised ${promisedBytes}`);
  return hash.digest('hex');
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
