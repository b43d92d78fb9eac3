import type { SocketEvidence } from '../../stream/events/observation.ts';
import type { SignalDeltas } from './counter-deltas.ts';
import type { TcpCounters } from './tcp-layout.ts';
import type { Fields } from './tcp-signals.ts';

const maxSocketsAsEvidence = 16;
/** Windows end a little early or late. */
const windowSlackMs = 200;

/** What one signal of one key has to tell now. */
export interface Told {
  readonly fields: Fields;
  readonly sockets: ReadonlyMap<bigint, SocketEvidence>;
  /** Start of the time that it covers, where that is earlier than the window. */
  readonly sinceMs?: number;
}

/**
 * When one signal of one key is told. Trouble is told at once, the first row of a key at the end of its window, and
 * from then on what can wait is gathered: five rows a second for every key would fill the log with normality.
 */
export class TcpTelling {
  readonly #deltas: SignalDeltas;
  readonly #quietGapMs: number;
  readonly #sockets = new Map<bigint, SocketEvidence>();
  #nextGapMs: number;
  #toldAtMs = -Infinity;

  /** `firstGapMs`: from the first row to the second, so that keys that began together are not told together. */
  constructor(deltas: SignalDeltas, quietGapMs: number, firstGapMs = quietGapMs) {
    this.#deltas = deltas;
    this.#quietGapMs = quietGapMs;
    this.#nextGapMs = firstGapMs;
  }

  /** When what was told to wait (`later`) is due. */
  get dueAtMs(): number {
    return this.#toldAtMs + this.#nextGapMs - windowSlackMs;
  }

  addEvidence(cookie: bigint, socket: SocketEvidence): void {
    if (this.#sockets.has(cookie) || this.#sockets.size < maxSocketsAsEvidence)
      this.#sockets.set(cookie, socket);
  }

  /** undefined: nothing that cannot wait. */
  takeNow(now: TcpCounters): Told | undefined {
    const fields = this.#deltas.hasTrouble(now) ? this.#deltas.peek(now) : undefined;
    if (fields === undefined) return undefined;
    this.#deltas.commit(now);
    return { fields, sockets: this.#takeEvidence() };
  }

  /** `later`: there is something, and it can wait. */
  endWindow(now: TcpCounters, nowMs: number): Told | 'later' | undefined {
    const fields = this.#deltas.peek(now);
    const gatheredMs = nowMs - this.#toldAtMs;
    const canWait = nowMs < this.dueAtMs && !this.#deltas.hasTrouble(now);
    if (fields !== undefined && canWait) return 'later';
    this.#deltas.endWindow(now);
    const sockets = this.#takeEvidence();
    if (fields === undefined) return undefined;
    // Later than that, it is of this window: what had come before would have been told by then.
    const gathered = gatheredMs < this.#nextGapMs + windowSlackMs ? { sinceMs: this.#toldAtMs } : {};
    this.#nextGapMs = Number.isFinite(gatheredMs) ? this.#quietGapMs : this.#nextGapMs;
    this.#toldAtMs = nowMs;
    return { fields, sockets, ...(this.#quietGapMs > 0 && gathered) };
  }

  #takeEvidence(): ReadonlyMap<bigint, SocketEvidence> {
    const taken = new Map(this.#sockets);
    this.#sockets.clear();
    return taken;
  }
}
