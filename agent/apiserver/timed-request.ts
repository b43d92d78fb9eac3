import { request as requestHttp, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { AgentClock } from '../clock.ts';
import {
  classOfError,
  classOfStatus,
  type FailureClass,
  type RequestPhase,
  timeoutCode,
} from './failure-class.ts';
import type { HoldUps, HoldUpSpan } from './hold-ups.ts';

export interface TimedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Decides whether a connection is kept and reused. */
  readonly agent: Agent;
  /** In which we look: for what this process is held up, the server has longer, at most twice as long. */
  readonly timeoutMs: number;
  readonly clock: AgentClock;
  readonly holdUps: HoldUps;
}

/** How long each phase took in µs; phases that did not happen, or did not end, are missing. */
export type PhasesUs = Partial<Record<'dns' | 'connect' | 'tls' | 'first_byte' | 'total', number>>;

export interface RequestOutcome {
  /** undefined: a success. */
  readonly failure: FailureClass | undefined;
  /** The status, else the class of the failure. */
  readonly outcome: string;
  /** What went wrong, in a word or two of the system's; never holds a secret. */
  readonly detail: string | undefined;
  readonly phases: PhasesUs;
  /** The connection had served a request before. */
  readonly reused: boolean;
  readonly remoteIp: string | undefined;
  /** Of the total, for how long this process itself did not come to look. */
  readonly heldUs: number;
  /** Time for which the server asks to be left alone; bounded. */
  readonly retryAfterMs: number;
}

/** Of an answer, more is not read: a small list fits, and no server can fill the agent's memory. */
const maxBodyBytes = 256 * 1024;
const maxRetryAfterMs = 60_000;
const maxDetailCharacters = 160;

/** Sends one GET and measures its phases. Never rejects: what goes wrong is the outcome. */
export function sendTimedRequest(options: TimedRequest): Promise<RequestOutcome> {
  return new Promise((resolve) => new RunningRequest(options, resolve).start());
}

class RunningRequest {
  readonly #options: TimedRequest;
  readonly #resolve: (outcome: RequestOutcome) => void;
  readonly #startedNs: bigint;
  readonly #phases: PhasesUs = {};
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #phase: RequestPhase = 'dns';
  #phaseStartedNs: bigint;
  #bodyBytes = 0;
  #remoteIp: string | undefined;
  #settled = false;
  readonly #holdUp: HoldUpSpan;
  #extraMs = 0;
  #cancelTimeout = (): void => undefined;

  constructor(options: TimedRequest, resolve: (outcome: RequestOutcome) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#startedNs = this.#phaseStartedNs = options.clock.monotonicNs();
    this.#holdUp = options.holdUps.begin();
  }

  start(): void {
    const { url, headers, agent, timeoutMs } = this.#options;
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    this.#giveUpIn(timeoutMs);
    try {
      this.#request = send(url, { headers, agent });
    } catch (error) {
      // Certificates and keys are put together here: what does not fit is a matter of TLS.
      this.#phase = 'tls';
      this.#fail(error as NodeJS.ErrnoException);
      return;
    }
    this.#request
      .on('socket', (socket) => this.#watch(socket))
      .on('response', (response) => this.#read(response))
      .on('error', (error) => this.#fail(error))
      .end();
  }

  #watch(socket: Socket): void {
    if (!socket.connecting) {
      this.#remoteIp = socket.remoteAddress;
      this.#enter('answer');
      return;
    }
    // An address needs no lookup, and no event tells of none.
    if (isAddress(this.#options.url)) this.#enter('connect');
    socket.once('lookup', (error: Error | null) => {
      if (error === null) this.#end('dns', 'connect');
    });
    socket.once('connect', () => {
      this.#remoteIp = socket.remoteAddress;
      this.#end('connect', this.#options.url.protocol === 'https:' ? 'tls' : 'answer');
    });
    socket.once('secureConnect', () => this.#end('tls', 'answer'));
  }

  #read(response: IncomingMessage): void {
    this.#response = response;
    this.#phases.first_byte = this.#sinceUs(this.#phaseStartedNs);
    response
      .on('data', (chunk: Buffer) => this.#count(chunk))
      .on('end', () => this.#finish())
      .on('error', (error) => this.#fail(error));
  }

  #count(chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes <= maxBodyBytes) return;
    this.#finish();
    this.#request?.destroy();
  }

  #finish(): void {
    const status = this.#response?.statusCode ?? 0;
    this.#settle(classOfStatus(status), String(status), this.#response?.statusMessage);
  }

  #giveUpIn(delayMs: number): void {
    this.#cancelTimeout = this.#options.clock.after(delayMs, () => this.#giveUp());
  }

  #giveUp(): void {
    const { timeoutMs } = this.#options;
    const owedMs = Math.min(this.#holdUp.heldUs() / 1_000, timeoutMs) - this.#extraMs;
    // The answer may have come in time and not been read yet.
    if (owedMs >= 1) {
      this.#extraMs += owedMs;
      this.#giveUpIn(owedMs);
      return;
    }
    const error: NodeJS.ErrnoException = new Error(`no answer in ${timeoutMs} ms`);
    error.code = timeoutCode;
    this.#fail(error);
    this.#request?.destroy();
  }

  #fail(error: NodeJS.ErrnoException): void {
    const failure = classOfError(this.#phase, error.code);
    const code = error.code === undefined || error.code === timeoutCode ? '' : `${error.code}: `;
    this.#settle(failure, failure, `${code}${error.message}`.slice(0, maxDetailCharacters));
  }

  #settle(failure: FailureClass | undefined, outcome: string, detail: string | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelTimeout();
    this.#phases.total = this.#sinceUs(this.#startedNs);
    const heldUs = this.#holdUp.heldUs();
    this.#holdUp.end();
    this.#resolve({
      failure,
      outcome,
      detail: failure === undefined || detail === '' ? undefined : detail,
      phases: this.#phases,
      reused: this.#request?.reusedSocket ?? false,
      remoteIp: this.#remoteIp,
      heldUs,
      retryAfterMs: retryAfterMs(this.#response?.headers['retry-after']),
    });
  }

  #end(phase: 'dns' | 'connect' | 'tls', next: RequestPhase): void {
    this.#phases[phase] = this.#sinceUs(this.#phaseStartedNs);
    this.#enter(next);
  }

  #enter(phase: RequestPhase): void {
    this.#phase = phase;
    this.#phaseStartedNs = this.#options.clock.monotonicNs();
  }

  #sinceUs(ns: bigint): number {
    return Number((this.#options.clock.monotonicNs() - ns) / 1_000n);
  }
}

function isAddress({ hostname }: URL): boolean {
  return hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
}

/** RFC 9110 section 10.2.3, in its form of seconds; Kubernetes sends no dates. */
function retryAfterMs(header: string | undefined): number {
  const seconds = Number(header ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, maxRetryAfterMs) : 0;
}
