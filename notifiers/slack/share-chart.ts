import type { WebClient } from '@slack/web-api';
import { type ChartMaker, noCharts } from '../chart/chart-maker.ts';
import { shortHash } from '../group-key.ts';
import type { Delivery, SendResult } from '../notifier.ts';
import { classifyFailure } from './classify.ts';
import type { SlackConfig } from './config-schema.ts';
import { escapeMrkdwn } from './escape.ts';
import { shareFile, UploadError } from './share-file.ts';

/** Slack takes no metadata with a file; so its name is the mark by which an earlier attempt is found. */
export const chartName = ({ id }: Pick<Delivery, 'id'>): string => `chart-${shortHash(id)}.png`;

/**
 * Draws the figures and shares the picture in the thread. What cannot be shared is let go: no failure of a picture
 * says anything of the receiver.
 */
export async function shareChart(
  client: WebClient,
  config: SlackConfig,
  delivery: Delivery,
  { draw = noCharts, signal }: { readonly draw: ChartMaker | undefined; readonly signal: AbortSignal },
): Promise<SendResult> {
  const { chart, title } = delivery.content;
  const picture = chart === undefined ? null : await draw(chart, signal);
  if (picture === null) return { kind: 'refused', scope: 'message', reason: 'no chart could be drawn' };
  const name = chartName(delivery);
  try {
    const { channel, id } = await shareFile(client, config, delivery, {
      name,
      title,
      bytes: new Uint8Array(picture),
      comment: escapeMrkdwn(title),
    });
    return { kind: 'sent', receipt: { channel, file: id } };
  } catch (error) {
    if (error instanceof UploadError)
      return { kind: 'refused', scope: 'message', reason: `chart not uploaded: ${error.message}` };
    const { code: _code, ...result } = classifyFailure(error);
    return result.kind === 'refused' ? { ...result, scope: 'message' } : result;
  }
}
