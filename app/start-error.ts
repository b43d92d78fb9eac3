/**
 * Why Saccade cannot start, for a person: what is wrong (with the place), and what to do. The command line prints it
 * without a stack and exits with 1 (environment) or 2 (bad input).
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly remedy: string;
  readonly exitCode: 1 | 2;

  constructor(message: string, remedy: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? 1;
  }
}
