import type { CloudEvent } from '../stream/cloud-event.ts';

/** An event that a function gives back; what it leaves out is filled in. */
export interface ReturnedEvent {
  readonly type: string;
  readonly data: unknown;
}

/**
 * A function of the user's: one event in, any number out. Rejects with a `FunctionError`, whose `retryable` says
 * whether another attempt makes sense. The same event may come twice: its id is the key to tell.
 */
export type EventFunction = (event: CloudEvent, signal: AbortSignal) => Promise<readonly ReturnedEvent[]>;

export type FunctionErrorCode = 'unreachable' | 'status' | 'answer' | 'failed' | 'secret';

/** A call went wrong; the message never quotes secrets or bodies. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError';
  readonly code: FunctionErrorCode;
  readonly retryable: boolean;
  /** The function's own wish (`Retry-After`); undefined: none. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FunctionErrorCode,
    message: string,
    options: { readonly retryable: boolean; readonly retryAfterMs?: number; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
