/** Bounded: a metric label. */
export const serverErrorCodes = [
  'HTTP_UNREACHABLE',
  'HTTP_TIMEOUT',
  'HTTP_NOT_LET_IN',
  'HTTP_NAME_TAKEN',
  'HTTP_BUSY',
  'HTTP_TOO_LARGE',
  'HTTP_REFUSED',
  'HTTP_FAILED',
  'HTTP_CREDENTIAL',
] as const;
export type ServerErrorCode = (typeof serverErrorCodes)[number];

/** The server was not reached, or said no. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;
  /** When to come again, where the server said. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ServerErrorCode,
    message: string,
    options: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A server that asks for more would be taken for one that is away. */
const maxRetryAfterMs = 60_000;

/** Of an answer that is no success. Total. */
export function toServerError(status: number, text: string, retryAfter: string | undefined): ServerError {
  const seconds = Number(retryAfter ?? NaN);
  return new ServerError(codeOf(status), `${status} ${wordsOf(text)}`, {
    ...(Number.isFinite(seconds) && {
      retryAfterMs: Math.min(Math.max(0, seconds) * 1_000, maxRetryAfterMs),
    }),
  });
}

function codeOf(status: number): ServerErrorCode {
  if (status === 401 || status === 403) return 'HTTP_NOT_LET_IN';
  if (status === 409) return 'HTTP_NAME_TAKEN';
  if (status === 413) return 'HTTP_TOO_LARGE';
  if (status === 429 || status === 503) return 'HTTP_BUSY';
  return status >= 400 && status < 500 ? 'HTTP_REFUSED' : 'HTTP_FAILED';
}

function wordsOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    if (typeof error === 'string') return error.slice(0, 500);
  } catch (error) {
    // Not ours: a proxy in between says it in its own way.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.slice(0, 200);
}
