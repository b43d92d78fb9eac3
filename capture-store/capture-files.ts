import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { S3Store, StoredObject } from './s3-store.ts';

/** The file of a capture cannot be read; the message is for the person who asked. */
export class CaptureGoneError extends Error {
  override readonly name = 'CaptureGoneError';
}

/** Reads the files of captures, wherever they are kept. */
export interface CaptureFiles {
  /** `location`: as the capture's event names it. Rejects with a `CaptureGoneError`. */
  open(location: string): Promise<StoredObject>;
  /** false: it is in an object store, which deletes by its own rules. A file that is gone is removed. */
  remove(location: string): Promise<boolean>;
}

export interface CaptureFilesOptions {
  /** Nothing outside of it is opened: locations come with events, which others write. */
  readonly directory: string;
  readonly objects: Pick<S3Store, 'owns' | 'open'> | undefined;
}

export function createCaptureFiles({ directory, objects }: CaptureFilesOptions): CaptureFiles {
  return {
    async open(location) {
      if (objects?.owns(location) === true) return explained(() => objects.open(location));
      if (location.startsWith('s3://'))
        throw new CaptureGoneError(
          `${location} is in no object store that is configured here (captures.store)`,
        );
      assertWithin(directory, location);
      return explained(() => openLocalFile(location));
    },
    async remove(location) {
      if (location.startsWith('s3://')) return false;
      assertWithin(directory, location);
      await rm(location, { force: true });
      return true;
    },
  };
}

function assertWithin(directory: string, location: string): void {
  const within = relative(resolve(directory), resolve(location));
  if (within === '' || within.startsWith(`..${sep}`) || within === '..' || resolve(location) !== location)
    throw new CaptureGoneError(`${location} is not in the folder of captures of this machine`);
}

export async function openLocalFile(path: string): Promise<StoredObject> {
  const { size: bytes } = await stat(path);
  return { bytes, stream: createReadStream(path) };
}

async function explained(open: () => Promise<StoredObject>): Promise<StoredObject> {
  try {
    return await open();
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    const isGone = code === 'ENOENT' || name === 'NoSuchKey';
    throw new CaptureGoneError(
      isGone
        ? 'the file is gone: the oldest make room for new ones (captures.max_total_bytes)'
        : `the file cannot be read: ${message}`,
      { cause: error },
    );
  }
}
