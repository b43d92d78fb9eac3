import type { AgentClock } from '../clock.ts';
import type { AgentLogger } from '../logger.ts';
import { openConnections, type Connections } from './connections.ts';
import { CredentialError, type Credentials, readCredentials } from './credentials.ts';
import type { HoldUps } from './hold-ups.ts';
import { isHeldUp, RequestTally, type TalliedRequests } from './request-tally.ts';
import type { ApiServerTarget } from './target.ts';
import { sendTimedRequest, type RequestOutcome } from './timed-request.ts';

export interface PathWatchOptions {
  readonly target: ApiServerTarget;
  readonly path: string;
  readonly clock: AgentClock;
  readonly holdUps: HoldUps;
  readonly logger: AgentLogger;
  /** 0 to 1. */
  readonly random: () => number;
  /** Something failed: worth telling before the window ends. */
  readonly onFailure: () => void;
}

export interface PathCounts {
  readonly rounds: number;
  /** Rounds without requests, because a file of the configuration could not be used. */
  readonly roundsRefused: number;
  /** Requests whose times are not told, because this process was held up meanwhile. */
  readonly heldUp: number;
}

/** Rounds in a row that come early after a failure: one is a blip, and two are told apart from it soon. */
const maxQuickRounds = 5;
const quickMs = 1_000;
/** Share of the interval by which a round is moved, so that a cluster's agents do not ask all at once. */
const jitter = 0.1;

/**
 * Asks one path again and again: a round is a request on the kept connection and one on a fresh connection, at the same
 * time. The next round is set when this one is over, so rounds never overlap and at most two requests run.
 */
export class PathWatch {
  readonly #options: PathWatchOptions;
  readonly #tally: RequestTally;
  readonly #url: URL;
  #credentials: Credentials | undefined;
  #connections: Connections | undefined;
  #cancelNext: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #failedRounds = 0;
  #refusal: string | undefined;
  #remoteIp: string | undefined;
  #counts = { rounds: 0, roundsRefused: 0, heldUp: 0 };

  constructor(options: PathWatchOptions) {
    this.#options = options;
    this.#tally = new RequestTally(options.path);
    this.#url = new URL(options.path, options.target.url);
  }

  get target(): ApiServerTarget {
    return this.#options.target;
  }

  get path(): string {
    return this.#options.path;
  }

  /** Address that answered last. */
  get remoteIp(): string | undefined {
    return this.#remoteIp;
  }

  get counts(): PathCounts {
    return this.#counts;
  }

  /** Identifies the path among all targets. */
  get key(): string {
    return `${this.target.name} ${this.path}`;
  }

  start(): void {
    this.#scheduleIn(this.#options.random() * Math.min(this.target.intervalMs, quickMs));
  }

  take(): TalliedRequests | undefined {
    return this.#tally.take();
  }

  /** Waits for the running round, whose connections are closed under it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext?.();
    this.#connections?.[Symbol.dispose]();
    await this.#running;
  }

  #scheduleIn(delayMs: number): void {
    this.#cancelNext = this.#options.clock.after(delayMs, () => {
      this.#running = this.#round();
    });
  }

  async #round(): Promise<void> {
    let pauseMs = 0;
    if (await this.#refreshCredentials()) pauseMs = await this.#ask();
    if (!this.#stopped) this.#scheduleIn(this.#nextDelayMs(pauseMs));
  }

  /** false: there is nothing to ask with. A fault of the configuration is told, but is no failure of the server. */
  async #refreshCredentials(): Promise<boolean> {
    try {
      const credentials = await readCredentials(this.target, this.#credentials);
      if (credentials.fingerprint !== this.#credentials?.fingerprint || this.#connections === undefined)
        this.#reconnect(credentials);
      this.#credentials = credentials;
      this.#refusal = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      this.#refuse(error);
      return false;
    }
  }

  #reconnect(credentials: Credentials): void {
    this.#connections?.[Symbol.dispose]();
    this.#connections = openConnections(this.target, credentials);
  }

  #refuse({ message, remedy }: CredentialError): void {
    this.#counts.roundsRefused++;
    if (this.#refusal === message) return;
    this.#refusal = message;
    const { name } = this.target;
    this.#options.logger.error({ target: name, reason: message, remedy }, 'an API server cannot be asked');
  }

  /** Returns for how long the server wants to be left alone. */
  async #ask(): Promise<number> {
    const connections = this.#connections;
    if (connections === undefined || this.#stopped) return 0;
    this.#counts.rounds++;
    const outcomes = await Promise.all([this.#askWarm(connections), this.#send(connections.fresh)]);
    // What was cut off by stopping says nothing of the server.
    if (this.#stopped) return 0;
    for (const outcome of outcomes) this.#tally.add(outcome);
    this.#counts.heldUp += outcomes.filter(isHeldUp).length;
    this.#remoteIp = outcomes.find(({ remoteIp }) => remoteIp !== undefined)?.remoteIp ?? this.#remoteIp;
    const failed = outcomes.some(({ failure }) => failure !== undefined);
    this.#failedRounds = failed ? this.#failedRounds + 1 : 0;
    if (failed) this.#options.onFailure();
    return Math.max(...outcomes.map(({ retryAfterMs }) => retryAfterMs));
  }

  /**
   * A server may close an idle connection in the moment in which it is used again: nobody's failure, so the request is
   * sent once more on a new one (RFC 9112 section 9.3.1).
   */
  async #askWarm({ warm }: Connections): Promise<RequestOutcome> {
    const outcome = await this.#send(warm);
    const isRace = outcome.reused && outcome.failure === 'reset' && outcome.phases.first_byte === undefined;
    return isRace && !this.#stopped ? this.#send(warm) : outcome;
  }

  #send(agent: Connections['warm']): Promise<RequestOutcome> {
    const { target, clock, holdUps } = this.#options;
    const token = this.#credentials?.token;
    return sendTimedRequest({
      url: this.#url,
      headers: {
        accept: 'application/json',
        'user-agent': 'saccade',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      agent,
      timeoutMs: target.timeoutMs,
      clock,
      holdUps,
    });
  }

  #nextDelayMs(pauseMs: number): number {
    const { intervalMs } = this.target;
    const quick = this.#failedRounds > 0 && this.#failedRounds <= maxQuickRounds;
    const usualMs = quick ? Math.min(intervalMs, quickMs) : intervalMs;
    return Math.max(usualMs * (1 + jitter * (2 * this.#options.random() - 1)), pauseMs);
  }
}
