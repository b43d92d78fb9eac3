import type { AgentClock } from '../clock.ts';
import type { AgentLogger } from '../logger.ts';
import { readOwnEndpoints } from './own-endpoints.ts';
import { type ApiServerTarget, endpointTarget } from './target.ts';
import type { TargetWatches } from './target-watches.ts';

export interface EndpointFollowerOptions {
  /** The Service of the own cluster. */
  readonly own: ApiServerTarget;
  readonly watches: Pick<TargetWatches, 'add' | 'remove' | 'names'>;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  /** 0 to 1. */
  readonly random: () => number;
  readonly read?: typeof readOwnEndpoints;
}

/** API servers are added and replaced by hand or in upgrades. */
const intervalMs = 60_000;
const firstWithinMs = 2_000;
const retryMs = 10_000;
/** Share of the interval by which a look is moved. */
const jitter = 0.25;

/**
 * Has each API server of the own cluster asked by itself, beside the Service in front of them: that one hides who of
 * them is slow. One that is taken out of the Service's endpoints is asked no more; while they cannot be read, those
 * that are known are.
 */
export class EndpointFollower {
  readonly #options: EndpointFollowerOptions;
  #followed: ReadonlySet<string> = new Set();
  #cancelNext: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #failures = 0;

  constructor(options: EndpointFollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#scheduleIn(this.#options.random() * firstWithinMs);
  }

  counters(): Readonly<Record<string, number>> {
    return { endpoints: this.#followed.size, endpoint_reads_failed: this.#failures };
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext?.();
    await this.#running;
  }

  #scheduleIn(delayMs: number): void {
    this.#cancelNext = this.#options.clock.after(delayMs, () => {
      this.#running = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { own, logger, random, read = readOwnEndpoints } = this.#options;
    let nextMs = intervalMs;
    try {
      const endpoints = await read(own);
      if (!this.#stopped) await this.#apply(endpoints.map((endpoint) => endpointTarget(own, endpoint)));
    } catch (error) {
      nextMs = retryMs;
      // Told at 1, 2, 4, 8, …
      const count = ++this.#failures;
      if ((count & (count - 1)) === 0)
        logger.warn({ err: error, count }, 'the API servers behind the Service cannot be found');
    }
    if (!this.#stopped) this.#scheduleIn(nextMs * (1 + jitter * (2 * random() - 1)));
  }

  async #apply(targets: readonly ApiServerTarget[]): Promise<void> {
    const { watches } = this.#options;
    const wanted = new Map(targets.map((target) => [target.name, target]));
    const gone = [...this.#followed].filter((name) => !wanted.has(name));
    this.#followed = new Set(wanted.keys());
    for (const [name, target] of wanted) if (!watches.names().includes(name)) watches.add(target);
    await Promise.all(gone.map((name) => watches.remove(name)));
  }
}
