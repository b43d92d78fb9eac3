import type { SendResult } from '../notifier.ts';

/** A failed request with its code, which is bounded and holds no secret: texts of errors may quote headers. */
export type TransportFailure = Exclude<SendResult, { kind: 'sent' }> & { readonly code: string };

/** The connection never came about, so the request cannot have arrived. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What an error without an answer means: certainly not sent, refused by TLS, or unknown. Total. */
export function classifyTransportError(error: Error): TransportFailure {
  const code = codeOf(error) ?? codeOf(error.cause) ?? error.name;
  if (neverSent.has(code)) return { kind: 'retry-after', ms: null, reason: code, code };
  if (/CERT|TLS|SELF_SIGNED/u.test(code))
    return { kind: 'refused', scope: 'receiver', reason: `TLS: ${code}`, code };
  return { kind: 'unknown', reason: `connection: ${code}`, code };
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
