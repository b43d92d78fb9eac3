export type PostgresHistoryErrorCode = 'HISTORY_NOT_MIGRATED' | 'HISTORY_NEWER';

/** What a person must mend; no waiting does. */
export class PostgresHistoryError extends Error {
  override readonly name = 'PostgresHistoryError';
  readonly code: PostgresHistoryErrorCode;

  constructor(code: PostgresHistoryErrorCode, message: string) {
    super(`history.postgres: ${message}`);
    this.code = code;
  }
}
