import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Stage, Topic } from '../port.ts';
import { silentLogger, type StreamLogger } from '../stream-logger.ts';
import { noMetrics, type StreamMetrics } from '../stream-metrics.ts';
import type { EmbeddedLog } from './embedded-log.ts';
import { passThrough, type OnPoint } from './fault-points.ts';
import { LogError } from './log-error.ts';
import { StageRunner } from './stage-runner.ts';
import { startTicker, type TickerOptions } from './ticker.ts';
import { WakeSignal } from './wake-signal.ts';

export interface EmbeddedHostOptions {
  readonly log: EmbeddedLog;
  /** Called in this order in every pass, so list them in the order of the flow. */
  readonly stages: readonly Stage[];
  readonly clock: Clock;
  /** How far ticks are apart at least; 0: no ticks. Stages that need fewer get fewer. */
  readonly tickIntervalMs?: number;
  /** false: what happened earlier is still being copied into the log, so no tick is put between. Default: always true. */
  readonly isPresent?: () => boolean;
  readonly retainIntervalMs?: number;
  /** Records a stage takes at once, at most: bounds how long it holds the event loop. */
  readonly maxBatch?: number;
  /** A stage with waiting records that has not moved for this long is not healthy. */
  readonly stallAfterMs?: number;
  readonly logger?: StreamLogger;
  readonly metrics?: StreamMetrics;
  /** An unknown error has stopped the host; the process should end, a restart goes on from the last commit. */
  readonly onFatal: (error: Error) => void;
  readonly onPoint?: OnPoint;
}

export interface StageHealth {
  readonly stage: string;
  /** Records that wait, counted up to 10,000 a topic. */
  readonly lag: number;
  readonly lastProgressMs: number;
  readonly ok: boolean;
  readonly reason: string;
}

export interface EmbeddedHost extends AsyncDisposable {
  /** Restores every stage, then begins; throws what `restore` throws. */
  start(): void;
  /** Ends after the batch in hand, with everything committed; idempotent. */
  stop(): Promise<void>;
  /** Resolves when no stage has anything left to read or to commit. */
  idle(): Promise<void>;
  health(): readonly StageHealth[];
}

const lagLimit = 10_000;
const firstRetryMs = 100;
const maxRetryMs = 5000;

/** Runs stages over an embedded log in this process. */
export function createEmbeddedHost(options: EmbeddedHostOptions): EmbeddedHost {
  return new Host(options);
}

class Host implements EmbeddedHost {
  readonly #options: EmbeddedHostOptions;
  readonly #logger: StreamLogger;
  readonly #metrics: StreamMetrics;
  readonly #runners: readonly StageRunner[];
  readonly #wake = new WakeSignal();
  readonly #endings: (() => void)[] = [];
  readonly #idleWaiters: (() => void)[] = [];
  #loop: Promise<void> | undefined;
  #stopping = false;
  #fault: Error | undefined;

  constructor(options: EmbeddedHostOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#metrics = options.metrics ?? noMetrics;
    const { log, clock, maxBatch = 256, onPoint = passThrough } = options;
    const shared = { log, clock, maxBatch, onPoint, logger: this.#logger, metrics: this.#metrics };
    this.#runners = options.stages.map((stage) => new StageRunner({ ...shared, stage }));
  }

  start(): void {
    const { log, tickIntervalMs = 250, retainIntervalMs = 10_000 } = this.#options;
    for (const runner of this.#runners) runner.restore();
    for (const runner of this.#runners) this.#endings.push(log.addConsumer(runner));
    this.#endings.push(log.onAppend(() => this.#wake.wake()));
    if (tickIntervalMs > 0) this.#endings.push(startTicker(this.#tickerOptions(tickIntervalMs)));
    const housekeeping = setInterval(() => this.#keepHouse(), retainIntervalMs);
    this.#endings.push(() => clearInterval(housekeeping));
    this.#loop = this.#run().catch((error: unknown) => this.#fail(error));
  }

  #tickerOptions(intervalMs: number): TickerOptions {
    const { log, clock, isPresent } = this.#options;
    const withinMs = (topic: Topic): number =>
      Math.min(
        ...this.#runners.flatMap((runner) => (runner.topics.includes(topic) ? runner.tickWithinMs() : [])),
      );
    return { log, clock, intervalMs, withinMs, isPresent, logger: this.#logger };
  }

  async stop(): Promise<void> {
    const wasRunning = !this.#stopping;
    this.#stopping = true;
    for (const end of this.#endings.splice(0)) end();
    this.#wake.wake();
    await this.#loop;
    if (wasRunning && this.#fault === undefined) this.#flush();
  }

  /** A commit that cannot be made now costs the next start some reading, no more. */
  #flush(): void {
    try {
      for (const runner of this.#runners) runner.flush();
    } catch (error) {
      this.#logger.warn({ error }, 'the last commit before the end failed; the next start makes up for it');
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  idle(): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#wake.wake();
    });
  }

  health(): readonly StageHealth[] {
    const { clock, stallAfterMs = 10_000 } = this.#options;
    return this.#runners.map((runner) => {
      const lag = runner.lag(lagLimit);
      const stillMs = clock.nowMs() - runner.lastProgressMs;
      const stalled = lag > 0 && stillMs > stallAfterMs;
      const reason =
        this.#unwell(runner.name) ?? (stalled ? `stands still for ${stillMs} ms, ${lag} wait` : '');
      return { stage: runner.name, lag, lastProgressMs: runner.lastProgressMs, ok: reason === '', reason };
    });
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping) {
      const pass = this.#pass();
      if (pass === 'blocked') {
        await this.#wait(retryMs);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
        continue;
      }
      retryMs = firstRetryMs;
      if (pass === 'moved') await nextTurn();
      else await this.#rest();
    }
    this.#settleIdle();
  }

  /** Gives every stage one batch; when there is none left and somebody waits for that, commits what may still wait. */
  #pass(): 'moved' | 'idle' | 'blocked' {
    let moved = false;
    const isBlocked = (work: (runner: StageRunner) => void): boolean =>
      this.#runners.some((runner) => this.#isBlocked(runner, work));
    if (isBlocked((runner) => (moved = runner.step() || moved))) return 'blocked';
    if (!moved && this.#idleWaiters.length > 0 && isBlocked((runner) => runner.flush())) return 'blocked';
    this.#fault = undefined;
    return moved ? 'moved' : 'idle';
  }

  #isBlocked(runner: StageRunner, work: (runner: StageRunner) => void): boolean {
    try {
      work(runner);
      return false;
    } catch (error) {
      if (!(error instanceof LogError) || !error.retryable) throw error;
      this.#block(runner, error);
      return true;
    }
  }

  #block(runner: StageRunner, error: LogError): void {
    this.#metrics.commitFailed(runner.name, error.code);
    if (this.#fault === undefined)
      this.#logger.error({ stage: runner.name, code: error.code }, `holding a batch back: ${error.message}`);
    this.#fault = error;
    this.#retain();
  }

  async #rest(): Promise<void> {
    this.#settleIdle();
    await this.#wake.wait();
  }

  /** A retry waits its time out even if more is appended meanwhile. */
  async #wait(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (!this.#stopping && performance.now() < until) await this.#wake.wait(until - performance.now());
  }

  #settleIdle(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #keepHouse(): void {
    this.#retain();
    for (const runner of this.#runners) this.#metrics.lag(runner.name, runner.lag(lagLimit));
  }

  #retain(): void {
    try {
      this.#options.log.retain();
    } catch (error) {
      this.#logger.error({ error }, 'retention failed; it is tried again');
    }
  }

  #unwell(stage: string): string | undefined {
    return this.#fault === undefined ? undefined : `${stage} is held back: ${this.#fault.message}`;
  }

  #fail(error: unknown): void {
    this.#stopping = true;
    this.#fault = error instanceof Error ? error : new Error(String(error));
    for (const end of this.#endings.splice(0)) end();
    this.#settleIdle();
    this.#logger.error({ error }, 'the stream host has stopped');
    this.#options.onFatal(this.#fault);
  }
}
