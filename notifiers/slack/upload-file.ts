import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { WebClient } from '@slack/web-api';
import type { Delivery } from '../notifier.ts';
import { classifyFailure } from './classify.ts';
import type { SlackConfig } from './config-schema.ts';
import { shareFile, UploadError } from './share-file.ts';

const uploadLimitBytes = 100 * 1024 * 1024;

/**
 * Shares the capture in the thread. The file is an extra: when it fails, the message goes out and says so. Returns
 * that note, or null.
 */
export async function uploadFile(
  client: WebClient,
  config: SlackConfig,
  delivery: Delivery,
): Promise<string | null> {
  const { file } = delivery.content;
  if (file === null || delivery.operation !== 'reply') return null;
  try {
    const { size } = await stat(file);
    if (size === 0 || size > uploadLimitBytes) return `file not uploaded: ${size} bytes`;
    const [name, bytes] = [basename(file), new Uint8Array(await readFile(file))];
    await shareFile(client, config, delivery, { name, title: name, bytes, comment: '' });
    return null;
  } catch (error) {
    return `file not uploaded: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UploadError) return error.message;
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return missing ? 'it is not on this machine' : classifyFailure(error).reason;
}
