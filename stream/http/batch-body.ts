import { promisify } from 'node:util';
import { gunzip, zstdCompress, zstdDecompress } from 'node:zlib';
import type { CloudEvent } from '../cloud-event.ts';
import { maxBatchEvents, maxUnpackedBytes } from './protocol.ts';

const [unzip, unpackZstd, packZstd] = [promisify(gunzip), promisify(zstdDecompress), promisify(zstdCompress)];

/** A body that cannot be read; `status` is what HTTP calls it. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export async function encodeBatch(events: readonly CloudEvent[]): Promise<Buffer> {
  return packZstd(JSON.stringify(events));
}

/** The batch's members as they came, each to be checked by itself. Bounded before it is unpacked. */
export async function decodeBatch(body: Buffer, encoding: string): Promise<readonly unknown[]> {
  const text = (await unpack(body, encoding)).toString('utf8');
  const value = parse(text);
  if (!Array.isArray(value)) throw new BodyError(400, 'the body is no JSON array of CloudEvents');
  if (value.length > maxBatchEvents)
    throw new BodyError(413, `a batch holds at most ${maxBatchEvents} events, not ${value.length}`);
  return value as readonly unknown[];
}

async function unpack(body: Buffer, encoding: string): Promise<Buffer> {
  const limit = { maxOutputLength: maxUnpackedBytes };
  try {
    switch (encoding.trim().toLowerCase()) {
      case '':
      case 'identity':
        return body;
      case 'gzip':
        return await unzip(body, limit);
      case 'zstd':
        return await unpackZstd(body, limit);
      default:
        throw new BodyError(415, `content-encoding ${encoding} is not known: zstd, gzip or identity`);
    }
  } catch (error) {
    if (error instanceof BodyError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new BodyError(413, `the body unpacks to more than ${maxUnpackedBytes} bytes`, error);
    throw new BodyError(400, `the body is not ${encoding}: ${(error as Error).message}`, error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BodyError(400, `the body is not JSON: ${(error as Error).message}`, error);
  }
}
