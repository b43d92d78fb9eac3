import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';

const sizeLimit = 64 * 1024;

/** Thrown when a secret cannot be read; the message names its place, never its value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code = 'secret_unreadable';
}

export interface SecretSource {
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}

/**
 * A secret that does not print: text, JSON and inspection all read "[redacted]". It is read anew at each use, so a
 * rotated file takes effect with the next message.
 */
export class Secret {
  readonly #source: SecretSource;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(source: SecretSource, environment: NodeJS.ProcessEnv) {
    this.#source = source;
    this.#environment = environment;
  }

  /** Where it comes from, fit for output. */
  get origin(): string {
    return this.#source.file === undefined
      ? `environment variable ${this.#source.env}`
      : `file ${this.#source.file}`;
  }

  async reveal(): Promise<string> {
    const value =
      this.#source.file === undefined ? this.#environment[this.#source.env ?? ''] : await this.#readFile();
    const trimmed = value?.trim() ?? '';
    if (trimmed === '') throw new SecretError(`the ${this.origin} holds no secret`);
    // A header cannot carry these, and an error about it would quote the value.
    if (trimmed.length > sizeLimit || /[^\u0021-\u007e]/u.test(trimmed))
      throw new SecretError(`the ${this.origin} holds something else than one token`);
    return trimmed;
  }

  async #readFile(): Promise<string> {
    try {
      return await readFile(this.#source.file ?? '', 'utf8');
    } catch (error) {
      throw new SecretError(
        `the ${this.origin} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      );
    }
  }

  toString(): string {
    return '[redacted]';
  }
  toJSON(): string {
    return '[redacted]';
  }
  [inspect.custom](): string {
    return '[redacted]';
  }
}
