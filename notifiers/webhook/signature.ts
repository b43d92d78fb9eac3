import { createHmac, timingSafeEqual } from 'node:crypto';

/** Requests older or newer than this are refused by a careful receiver: they may be replayed. */
export const signatureWindowS = 300;

/**
 * `Saccade-Signature: v1=HEX`: HMAC-SHA256 with the shared secret over `TIMESTAMP.BODY`, where TIMESTAMP is the header
 * `Saccade-Timestamp` (seconds since the epoch) and BODY are the bytes as sent.
 */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampS}.${body}`).digest('hex')}`;
}

/** What a receiver does: the time is near, and the signature is that of this body at that time. */
export function verifySignature(
  secret: string,
  headers: { readonly timestamp: string; readonly signature: string },
  body: string,
  nowMs: number,
): boolean {
  if (!/^\d{1,12}$/u.test(headers.timestamp)) return false;
  const timestampS = Number(headers.timestamp);
  if (Math.abs(nowMs / 1_000 - timestampS) > signatureWindowS) return false;
  const expected = Buffer.from(signatureOf(secret, timestampS, body));
  const given = Buffer.from(headers.signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
