import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { WebClient } from '@slack/web-api';
import type { Delivery } from '../notifier.ts';
import { classifyFailure } from './classify.ts';
import type { SlackConfig } from './config-schema.ts';

const uploadLimitBytes = 100 * 1024 * 1024;

/**
 * Shares the capture in the thread: get a URL, post the bytes there, complete
 * (https://docs.slack.dev/messaging/working-with-files#uploading_files). The file is an extra: when it fails, the
 * message goes out and says so. Returns that note, or null.
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
    const { upload_url: url, file_id: id } = await client.files.getUploadURLExternal({
      filename: basename(file),
      length: size,
    });
    if (url === undefined || id === undefined) return 'file not uploaded: Slack gave no address';
    const body = new Uint8Array(await readFile(file));
    const answer = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(config.timeout) });
    if (!answer.ok) return `file not uploaded: http_${answer.status}`;
    await client.files.completeUploadExternal({
      files: [{ id, title: basename(file) }],
      channel_id: delivery.root?.['channel'] ?? config.channel,
      thread_ts: delivery.root?.['ts'] ?? '',
    });
    return null;
  } catch (error) {
    const local = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return `file not uploaded: ${local ? 'it is not on this machine' : classifyFailure(error).reason}`;
  }
}
