/** Bounded: a metric label. */
export const logErrorCodes = [
  'LOG_IN_USE',
  'LOG_DISK_FULL',
  'LOG_READ_ONLY',
  'LOG_BUSY',
  'LOG_CANNOT_OPEN',
  'LOG_CORRUPT',
  'LOG_SCHEMA_NEWER',
  'LOG_IO',
  'LOG_OVERLOADED',
  'LOG_CLOSED',
  'LOG_INTERNAL',
] as const;
export type LogErrorCode = (typeof logErrorCodes)[number];

const remedies: Readonly<Record<LogErrorCode, string>> = {
  LOG_IN_USE: 'Another Saccade runs on this data directory: stop it, or choose another one with --data.',
  LOG_DISK_FULL: 'Free space on that file system, or lower the limits of the log.',
  LOG_READ_ONLY: 'Make the file and its directory writable for this user, or choose another one with --data.',
  LOG_BUSY: 'Another program holds the file locked: end it.',
  LOG_CANNOT_OPEN: 'Check that the directory exists and that this user may write to it.',
  LOG_CORRUPT: 'The file is damaged or not a Saccade log: move it away and start again, or restore a copy.',
  LOG_SCHEMA_NEWER: 'A newer Saccade wrote this file: run that version, or choose another one with --data.',
  LOG_IO: 'Check the disk (dmesg) and the file system.',
  LOG_OVERLOADED: 'More is appended than the disk takes: try again later.',
  LOG_CLOSED: 'The log was closed: open it again.',
  LOG_INTERNAL: 'This is a defect of Saccade: please report it.',
};

const retryableCodes: ReadonlySet<LogErrorCode> = new Set([
  'LOG_DISK_FULL',
  'LOG_BUSY',
  'LOG_IO',
  'LOG_OVERLOADED',
]);

export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;
  /** The same call may succeed later without anything else being changed in Saccade. */
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(code: LogErrorCode, doing: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    super(`${doing}${why}. ${remedies[code]}`, { cause });
    this.code = code;
    this.retryable = retryableCodes.has(code);
    this.remedy = remedies[code];
  }
}

/** Primary result codes of SQLite (https://sqlite.org/rescode.html); extended codes keep them in the low byte. */
const codeByResult: ReadonlyMap<number, LogErrorCode> = new Map([
  [5, 'LOG_BUSY'],
  [6, 'LOG_BUSY'],
  [8, 'LOG_READ_ONLY'],
  [10, 'LOG_IO'],
  [11, 'LOG_CORRUPT'],
  [13, 'LOG_DISK_FULL'],
  [14, 'LOG_CANNOT_OPEN'],
  [26, 'LOG_CORRUPT'],
]);

/** Classifies whatever SQLite threw; total. `doing` says what was tried, with the path. */
export function toLogError(error: unknown, doing: string): LogError {
  if (error instanceof LogError) return error;
  const result = (error as { readonly errcode?: unknown } | null)?.errcode;
  const code = typeof result === 'number' ? codeByResult.get(result & 0xff) : undefined;
  return new LogError(code ?? 'LOG_INTERNAL', doing, error);
}
