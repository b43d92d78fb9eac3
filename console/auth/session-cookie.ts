import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A session without a table of sessions: `name.expires.signature`, signed with the token that was signed in with. It
 * outlives a restart, and ends when the token is changed or taken out of the configuration.
 */
export interface Session {
  readonly name: string;
  readonly expiresAtMs: number;
}

const purpose = 'saccade console session v1';

export function sealSession({ name, expiresAtMs }: Session, token: string): string {
  const payload = `${Buffer.from(name).toString('base64url')}.${expiresAtMs}`;
  return `${payload}.${sign(payload, token)}`;
}

/** Whose session a cookie claims to be; to be believed only after `isSealedWith`. */
export function readClaim(cookie: string): Session | undefined {
  const match = /^([\w-]{1,400})\.(\d{1,15})\.[\w-]{43}$/.exec(cookie);
  if (match?.[1] === undefined) return undefined;
  return { name: Buffer.from(match[1], 'base64url').toString(), expiresAtMs: Number(match[2]) };
}

export function isSealedWith(cookie: string, token: string): boolean {
  const end = cookie.lastIndexOf('.');
  return equalText(cookie.slice(end + 1), sign(cookie.slice(0, end), token));
}

/** In a time that does not depend on where they differ. */
export function equalText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHmac('sha256', purpose).update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function sign(payload: string, token: string): string {
  return createHmac('sha256', token).update(`${purpose}\n${payload}`).digest('base64url');
}
