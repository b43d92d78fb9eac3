import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';

const limitBytes = 10 * 1024 * 1024;

export interface Attachment {
  readonly filename: string;
  readonly content: Buffer;
}

/** The file, or why it is not attached: the message goes out without it and says so. */
export async function readAttachment(path: string): Promise<Attachment | string> {
  try {
    const { size } = await stat(path);
    if (size === 0 || size > limitBytes) return `file not attached: ${size} bytes`;
    return { filename: basename(path), content: await readFile(path) };
  } catch (error) {
    return `file not attached: ${(error as NodeJS.ErrnoException).code ?? 'error'}`;
  }
}
