import { LRUCache } from 'lru-cache';
import { secretOf } from '../config/secret-keys.ts';
import { type ChartMaker, noCharts } from '../chart/chart-maker.ts';
import { cut } from '../content/plain-line.ts';
import type { NotifierContext } from '../define-notifier.ts';
import type { Delivery, Notifier, SendResult } from '../notifier.ts';
import { readAttachment } from './attachment.ts';
import { classifySmtpError } from './classify-smtp.ts';
import type { EmailConfig } from './config-schema.ts';
import { messageIdOf } from './message-id.ts';
import { renderMail } from './render-mail.ts';
import { openTransport } from './smtp-transport.ts';

/** Deliveries that some recipients have and others wait for. */
const partialLimit = 1_000;

/**
 * Sends each news as a mail of its own, all of one alert in one thread: the first carries a deterministic Message-ID,
 * the others refer to it under the same subject (Gmail joins no others). At least once: a repeat has the same
 * Message-ID, by which many mail systems drop it.
 */
export function createEmailNotifier(config: EmailConfig, context: NotifierContext): Notifier {
  const password = secretOf(config, 'password', context);
  const reached = new LRUCache<string, readonly string[]>({ max: partialLimit });

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendResult> {
    try {
      const transport = await openTransport(config, password, context);
      const done = reached.get(delivery.id) ?? [];
      const mail = await composeMail(
        config,
        context,
        delivery,
        await drawInTime(context.charts, delivery, signal),
      );
      const recipients = config.to.filter((address) => !done.includes(bareAddress(address)));
      const envelope = { from: config.from, to: recipients };
      const info = await transport.sendMail({ ...mail, envelope, signal });
      const taken = [...done, ...info.accepted];
      const deferred = (info.rejectedErrors ?? []).filter(
        ({ responseCode = 500 }) => responseCode < 500,
      ).length;
      if (deferred > 0) {
        reached.set(delivery.id, taken);
        return {
          kind: 'retry-after',
          ms: null,
          reason: `${deferred} of ${config.to.length} recipients deferred`,
        };
      }
      reached.delete(delivery.id);
      return { kind: 'sent', receipt: receiptOf(mail, config.to.length - taken.length) };
    } catch (error) {
      return classifySmtpError(error);
    }
  }

  return { kind: 'email', queueKey: `email:${context.receiver}`, minGapMs: 0, send };
}

const bareAddress = (address: string): string => /<([^>]+)>$/u.exec(address)?.[1] ?? address;

const receiptOf = (mail: { readonly messageId: string; readonly subject: string }, refused: number) => ({
  message_id: mail.messageId,
  subject: mail.subject,
  ...(refused > 0 && { refused_recipients: String(refused) }),
});

/** A page waits for its picture hardly, what tells of the end of it may take a moment. */
const pageWaitMs = 700;
const laterWaitMs = 5_000;

async function drawInTime(
  draw: ChartMaker = noCharts,
  { content, operation }: Delivery,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  if (content.chart === undefined) return null;
  const hurried = operation === 'post' || content.tone === 'page';
  const inTime = AbortSignal.timeout(hurried ? pageWaitMs : laterWaitMs);
  return draw(content.chart, AbortSignal.any([signal, inTime]));
}

const chartFile = { filename: 'chart.png', contentType: 'image/png', contentDisposition: 'inline' } as const;

async function composeMail(
  config: EmailConfig,
  context: NotifierContext,
  delivery: Delivery,
  picture: Uint8Array | null,
) {
  const { content, root } = delivery;
  const attachment = config.attach && content.file !== null ? await readAttachment(content.file) : undefined;
  const note = typeof attachment === 'string' ? [attachment] : [];
  const messageId = messageIdOf(context.receiver, delivery.id, config.from);
  const cid = `chart.${messageId.slice(1, -1)}`;
  const rendered = renderMail(
    { ...content, footer: [...content.footer, ...note] },
    { possibleRepeat: delivery.possibleRepeat, chartCid: picture === null ? null : cid },
  );
  const attachments = [
    ...(picture === null ? [] : [{ ...chartFile, cid, content: Buffer.from(picture) }]),
    ...(typeof attachment === 'object' ? [attachment] : []),
  ];
  const reference = root?.['message_id'];
  const subject = root?.['subject'] === undefined ? rendered.subject : `Re: ${root['subject']}`;
  return {
    from: config.from,
    to: [...config.to],
    messageId,
    subject: cut(subject, 250),
    text: rendered.text,
    html: rendered.html,
    date: new Date(delivery.firstAttemptMs),
    ...(reference !== undefined && { inReplyTo: reference, references: [reference] }),
    ...(content.tone === 'page' && { priority: 'high' as const }),
    // RFC 3834: no out-of-office answers.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Saccade-Purpose': delivery.purpose },
    ...(attachments.length > 0 && { attachments }),
  };
}
