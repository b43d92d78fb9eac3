import type { TcpCounters } from './tcp-layout.ts';

/** Windows in which data was acknowledged, since the last time-out without an answer. */
const outlivedAfter = 5;

type Progress = Pick<TcpCounters, 'rto' | 'rtt_samples' | 'stalls_begun' | 'stalls_ended'>;

/**
 * Whether a key's stalled sockets still speak for its peer. TCP's back-off grows to two minutes: after an outage a
 * socket may sit silent for that long, although everybody else's data is acknowledged again. So once the key has moved
 * data in five windows, and none of its sockets ran into a further time-out without an answer, they are not counted;
 * the next unanswered time-out counts them all again.
 */
export class StallWatch {
  #before: Progress | undefined;
  #moving = 0;

  /** `before` and `now` are of one incarnation, or `now` is the first of its own. */
  endWindow(now: Progress, isReborn: boolean): void {
    const before = isReborn ? undefined : this.#before;
    const timeouts = now.rto - (before?.rto ?? 0);
    const answered = now.stalls_ended - (before?.stalls_ended ?? 0);
    if (timeouts > answered || now.stalls_begun > (before?.stalls_begun ?? 0)) this.#moving = 0;
    else if (now.rtt_samples > (before?.rtt_samples ?? 0)) this.#moving += 1;
    this.#before = now;
  }

  stalled(now: Progress): number {
    return this.#moving >= outlivedAfter ? 0 : Math.max(0, now.stalls_begun - now.stalls_ended);
  }
}
