import { randomUUID } from 'node:crypto';
import { createContent } from './content/message-content.ts';
import type { Notifier, Receipt, SendResult } from './notifier.ts';
import { sendSafely } from './outbox/attempt.ts';

const timeoutMs = 15_000;

/** `saccade notify test RECEIVER`: one message past routes, silences and outbox; the receiver's own answer comes back. */
export function sendTest(receiver: string, notifier: Notifier, nowMs: number): Promise<SendResult> {
  const content = createContent(
    {
      tone: 'info',
      title: `Saccade test for receiver "${receiver}"`,
      summary: 'If you can read this, pages arrive here.',
    },
    { footer: ['Nothing is wrong. Somebody ran: saccade notify test'] },
  );
  const delivery = {
    id: `test/${randomUUID()}`,
    operation: 'post',
    purpose: 'test',
    content,
    groupId: 'test',
    group: 'test',
    alerts: [],
    root: null,
    broadcast: false,
    firstAttemptMs: nowMs,
    possibleRepeat: false,
  } as const;
  return sendSafely(notifier, delivery, timeoutMs);
}

/** What the answer means to the person who ran the test. */
export function describeTestResult(receiver: string, result: SendResult): string {
  switch (result.kind) {
    case 'sent':
      return `${receiver}: sent${staysOpen(result.receipt)}`;
    case 'retry-after':
      return `${receiver}: not sent now (${result.reason}); in operation it is tried again`;
    case 'refused':
      return `${receiver}: refused: ${result.reason}${remedyOf(result.reason)}`;
    case 'unknown':
      return `${receiver}: no clear answer (${result.reason}); look whether the message is there`;
    default:
      return result satisfies never;
  }
}

/** What a person has to put away afterwards. */
const staysOpen = ({ dedup_key: key }: Receipt): string =>
  key === undefined ? '' : `; the incident ${key} stays open in PagerDuty until somebody resolves it`;

const remedies: Readonly<Record<string, string>> = {
  invalid_auth: 'the token is wrong or revoked',
  not_authed: 'the token is missing',
  channel_not_found: 'check the channel id; a private channel must have the bot invited',
  not_in_channel: 'invite the bot: /invite @its-name',
  missing_scope: 'the bot needs chat:write and, to avoid repeats, channels:history',
  is_archived: 'the channel is archived',
  invalid_routing_key: 'the integration key is wrong: it is that of an Events API v2 integration',
  'smtp_535 to AUTH': 'the user name or the password is wrong',
  'smtp_550 to RCPT': 'no recipient is known there',
  'TLS: SELF_SIGNED_CERT_IN_CHAIN': 'name the authority: ca_file for e-mail, else NODE_EXTRA_CA_CERTS',
  'TLS: DEPTH_ZERO_SELF_SIGNED_CERT': 'name the authority: ca_file for e-mail, else NODE_EXTRA_CA_CERTS',
  http_401: 'the credentials are missing or wrong',
  http_403: 'the credentials are not allowed to do this',
  http_404: 'the path of the address is wrong',
};

const remedyOf = (reason: string): string => (remedies[reason] === undefined ? '' : ` (${remedies[reason]})`);
