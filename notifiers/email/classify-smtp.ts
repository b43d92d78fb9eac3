import { SecretError } from '../../source-text/secret.ts';
import type { SendResult } from '../notifier.ts';

/** As nodemailer annotates its errors. */
interface SmtpError extends Error {
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  /** The command that was under way. */
  readonly command?: string;
  readonly rejectedErrors?: readonly SmtpError[];
}
type Failure = Exclude<SendResult, { kind: 'sent' }>;

/** The connection never came about, so the message cannot have been taken. */
const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EDNS',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/**
 * What a failed delivery means. Total. Reasons hold codes only: replies may quote addresses and what was signed in with.
 * A reply with a code is the server's word that it did not take the message; no reply leaves the outcome unknown.
 */
export function classifySmtpError(error: unknown): Failure {
  if (error instanceof SecretError) return refused('receiver', error.message);
  if (!(error instanceof Error)) return { kind: 'unknown', reason: 'no complete answer (error)' };
  const smtp = error as SmtpError;
  const { responseCode, command = '' } = smtp;
  if (responseCode !== undefined) return classifyReply(smtp, responseCode, command);
  const code = smtp.originalCode ?? smtp.code ?? smtp.name;
  if (neverConnected.has(code) || isEarlyTimeout(smtp))
    return { kind: 'retry-after', ms: null, reason: code };
  if (smtp.code === 'ETLS' || /CERT|TLS|SSL|SELF_SIGNED/u.test(code))
    return refused('receiver', `TLS: ${code}`);
  if (smtp.code === 'EAUTH' || smtp.code === 'ENOAUTH')
    return refused('receiver', 'the server offers no way to sign in');
  if (smtp.code === 'EMESSAGE') return refused('message', 'larger than the server takes');
  if (smtp.code === 'EENVELOPE') return refused('receiver', 'an address is not valid');
  return { kind: 'unknown', reason: `connection: ${code}` };
}

/** Before the server greeted, nothing was sent. */
const isEarlyTimeout = ({ code, message }: SmtpError): boolean =>
  code === 'ETIMEDOUT' && /^(?:Connection timeout|Greeting never received)/u.test(message);

function classifyReply(error: SmtpError, responseCode: number, command: string): Failure {
  // Of several refused recipients, one that may be taken later makes it worth another try.
  const codes = [
    responseCode,
    ...(error.rejectedErrors ?? []).map((one) => one.responseCode ?? responseCode),
  ];
  const temporary = codes.find((code) => code >= 400 && code < 500);
  const reason = `smtp_${temporary ?? responseCode}${command === '' ? '' : ` to ${command.split(' ')[0] ?? ''}`}`;
  if (temporary !== undefined) return { kind: 'retry-after', ms: null, reason };
  // The content itself: too large, taken for spam.
  return refused(error.code === 'EMESSAGE' ? 'message' : 'receiver', reason);
}

const refused = (scope: 'receiver' | 'message', reason: string): Failure => ({
  kind: 'refused',
  scope,
  reason,
});
