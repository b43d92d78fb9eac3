import type { Host } from '../test/lab/host.ts';
import type { LabProcess } from '../test/lab/lab-process.ts';
import { startDns } from '../test/lab/traffic.ts';

/** Names and their addresses. */
export type Zone = Readonly<Record<string, readonly string[]>>;

/** The scene's name server, which can be replaced by one that fails. */
export class Resolver {
  readonly #host: Host;
  readonly #zone: Zone;
  readonly #seconds: number;
  #server: LabProcess | undefined;

  constructor(host: Host, zone: Zone, seconds: number) {
    this.#host = host;
    this.#zone = zone;
    this.#seconds = seconds;
  }

  async start(): Promise<void> {
    this.#server = await startDns(this.#host, this.#zone, this.#seconds);
  }

  /** Resolves to the number of questions that the one before was asked. */
  async replace(by: 'healthy' | 'failing'): Promise<number> {
    const before = this.#server;
    const questions = before?.jsonLines.filter((line) => 'asked' in line).length ?? 0;
    await before?.stop();
    this.#server = await startDns(
      this.#host,
      by === 'healthy' ? this.#zone : { '*': ['servfail'] },
      this.#seconds,
    );
    return questions;
  }
}
