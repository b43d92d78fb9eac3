/** A command's own exit code, e.g. 1 of `rules check` when it found faults; everything has been said already. */
export class ExitCode extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.code = code;
  }
}
