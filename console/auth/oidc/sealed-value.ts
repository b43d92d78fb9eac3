import { createHmac } from 'node:crypto';
import { equalText } from '../session-cookie.ts';

/** A value that comes back from a browser unchanged or not at all: JSON, its end, and a signature over both. */
export interface SealedValue<T> {
  seal(value: T, expiresAtMs: number): string;
  open(text: string): T | undefined;
}

/** `purpose` keeps a value that was sealed for one thing from being taken for another. */
export function createSeal<T extends object>(
  purpose: string,
  keyOf: () => Buffer,
  nowMs: () => number,
): SealedValue<T> {
  const sign = (payload: string): string =>
    createHmac('sha256', keyOf()).update(`${purpose}\n${payload}`).digest('base64url');
  return {
    seal(value, expiresAtMs) {
      const payload = Buffer.from(JSON.stringify({ value, expiresAtMs })).toString('base64url');
      return `${payload}.${sign(payload)}`;
    },
    open(text) {
      const [payload = '', signature = ''] = text.split('.', 3);
      if (!equalText(signature, sign(payload))) return undefined;
      const { value, expiresAtMs } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
        readonly value: T;
        readonly expiresAtMs: number;
      };
      return expiresAtMs > nowMs() ? value : undefined;
    },
  };
}
