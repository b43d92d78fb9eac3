import type { Probe, ProbeContext, ProbeHealth, ProbeRow, ProbeStart } from './probe.ts';

/** Looks between two attempts to start it again. */
const windowsBetweenAttempts = 60;

/** Stops a probe while none of its signals is told, and starts it again. It is looked at whenever it is collected. */
export function createPausableProbe(probe: Probe, isTold: (signal: string) => boolean): Probe {
  return new PausableProbe(probe, isTold);
}

class PausableProbe implements Probe {
  readonly name: string;
  readonly signals: readonly string[];
  readonly #probe: Probe;
  readonly #isTold: (signal: string) => boolean;
  #context: ProbeContext | undefined;
  #isRunning = false;
  #isStopped = false;
  /** One turn at a time. */
  #turning: Promise<void> | undefined;
  #windowsToWait = 0;

  constructor(probe: Probe, isTold: (signal: string) => boolean) {
    this.name = probe.name;
    this.signals = probe.signals;
    this.#probe = probe;
    this.#isTold = isTold;
  }

  /** Also where it is not wanted yet: whether it can be attached is told once, at the start. */
  async start(context: ProbeContext): Promise<ProbeStart> {
    const started = await this.#probe.start(context);
    if (!started.attached) return started;
    this.#context = context;
    this.#isRunning = true;
    if (!this.#isWanted()) await this.#pause();
    return started;
  }

  collect(): readonly ProbeRow[] {
    this.#follow();
    return this.#isRunning ? this.#probe.collect() : [];
  }

  health(): ProbeHealth {
    return this.#probe.health();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#turning;
    if (this.#isRunning) await this.#pause();
  }

  #isWanted(): boolean {
    return this.signals.some(this.#isTold);
  }

  #follow(): void {
    if (this.#turning !== undefined || this.#isStopped || this.#isWanted() === this.#isRunning) return;
    if (this.#windowsToWait > 0) {
      this.#windowsToWait -= 1;
      return;
    }
    this.#turning = this.#turn().finally(() => (this.#turning = undefined));
  }

  /** Never rejects. */
  async #turn(): Promise<void> {
    try {
      await (this.#isRunning ? this.#pause() : this.#resume());
    } catch (error) {
      this.#windowsToWait = windowsBetweenAttempts;
      this.#context?.logger.error({ err: error, probe: this.name }, 'a probe could not be paused or resumed');
    }
  }

  async #pause(): Promise<void> {
    this.#isRunning = false;
    await this.#probe.stop();
  }

  async #resume(): Promise<void> {
    if (this.#context === undefined) return;
    const started = await this.#probe.start(this.#context);
    if (!started.attached) throw new Error(started.reason);
    this.#isRunning = true;
  }
}
