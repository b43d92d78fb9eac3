import { join } from 'node:path';
import { Detector, type DetectorOptions, type Watcher } from './detector.ts';

export interface KafkaDetectorOptions extends Omit<DetectorOptions, 'command'> {
  /** Agent and engine have folders of their own in it; `dataDirectory` is that of `saccade notify`. */
  readonly directory: string;
}

/** `saccade engine`, `saccade notify` and `saccade agent`, which meet nowhere but at the broker. */
export class KafkaDetector implements Watcher {
  readonly #engine: Detector;
  readonly #notify: Detector;
  readonly #agent: Detector;

  constructor({ directory, learn, ...options }: KafkaDetectorOptions) {
    const folder = (name: string): string => join(directory, name);
    this.#engine = new Detector({
      ...options,
      ...(learn !== undefined && { learn }),
      command: 'engine',
      dataDirectory: folder('engine'),
    });
    this.#notify = new Detector({ ...options, command: 'notify' });
    this.#agent = new Detector({ ...options, command: 'agent', dataDirectory: folder('agent') });
  }

  get commandLines(): readonly string[] {
    return this.#all.flatMap(({ commandLines }) => commandLines);
  }
  get lines(): readonly string[] {
    return this.#all.flatMap(({ lines }) => lines);
  }
  get consoleUrl(): string | undefined {
    return this.#notify.consoleUrl;
  }
  get statusUrl(): string {
    return this.#engine.statusUrl;
  }

  /** The agent last, so that the rules are there when the first observation comes. */
  async start(): Promise<void> {
    await Promise.all([this.#engine.start(), this.#notify.start()]);
    await this.#agent.start();
  }

  ask(...args: readonly string[]): Promise<unknown> {
    return this.#notify.ask(...args);
  }

  /** The agent first: what it has seen last is judged and told yet. */
  async stop(): Promise<void> {
    for (const one of this.#all.toReversed()) await one.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #all(): readonly Detector[] {
    return [this.#engine, this.#notify, this.#agent];
  }
}
