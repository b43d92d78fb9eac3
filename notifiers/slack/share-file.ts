import type { WebClient } from '@slack/web-api';
import type { Delivery } from '../notifier.ts';
import type { SlackConfig } from './config-schema.ts';

/** The place that takes the bytes did not; `message` is a code. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
}

export interface SharedFile {
  readonly name: string;
  readonly title: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Said with it; empty: nothing. */
  readonly comment: string;
}

/**
 * Shares a file in the thread of a delivery: get a URL, post the bytes there, complete
 * (https://docs.slack.dev/messaging/working-with-files#uploading_files). Nobody sees it before the last step.
 */
export async function shareFile(
  client: WebClient,
  config: SlackConfig,
  { root }: Pick<Delivery, 'root'>,
  { name, title, bytes, comment }: SharedFile,
): Promise<{ readonly channel: string; readonly id: string }> {
  const { upload_url: url, file_id: id } = await client.files.getUploadURLExternal({
    filename: name,
    length: bytes.length,
  });
  if (url === undefined || id === undefined) throw new UploadError('Slack gave no address');
  const answer = await fetch(url, {
    method: 'POST',
    body: bytes,
    signal: AbortSignal.timeout(config.timeout),
  });
  if (!answer.ok) throw new UploadError(`http_${answer.status}`);
  const channel = root?.['channel'] ?? config.channel;
  await client.files.completeUploadExternal({
    files: [{ id, title }],
    channel_id: channel,
    thread_ts: root?.['ts'] ?? '',
    ...(comment !== '' && { initial_comment: comment }),
  });
  return { channel, id };
}
