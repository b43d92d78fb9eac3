import type { CaptureRequest } from '../../stream/events/capture.ts';
import { selectorKey } from './frozen-flow.ts';

/** `turn` resolves when a place is free (undefined), or with the reason why there will be none. */
export type Admission =
  | { readonly state: 'refused'; readonly reason: string }
  | { readonly state: 'admitted' }
  | { readonly state: 'waiting'; readonly turn: Promise<string | undefined> };

/**
 * Decides which requests run: number at once, and not again for the same alert within its cool-down. What finds no place
 * waits for one, the most urgent first; of too many that wait, the least urgent are refused.
 */
export interface CaptureAdmission {
  /** Where it is admitted, now or by its turn, `leave` must follow. */
  enter(request: CaptureRequest, nowMs: number): Admission;
  leave(): void;
  /** Nobody who waits gets a turn any more. */
  close(reason: string): void;
  readonly running: number;
  readonly waiting: number;
}

interface Waiting {
  readonly urgency: number;
  readonly key: string;
  readonly end: (reason: string | undefined) => void;
}

/** Cool-downs remembered; beyond, the oldest are forgotten (and their alerts may be captured once more). */
const maxCooldowns = 4096;

export function createCaptureAdmission(maxConcurrent: number, maxWaiting: number): CaptureAdmission {
  const coolUntilMs = new Map<string, number>();
  /** The most urgent first; of equals, who came first. */
  const queue: Waiting[] = [];
  let running = 0;

  function remember(key: string, untilMs: number, nowMs: number): void {
    for (const [known, until] of coolUntilMs) if (until <= nowMs) coolUntilMs.delete(known);
    const [oldest] = coolUntilMs.keys();
    if (coolUntilMs.size >= maxCooldowns && oldest !== undefined) coolUntilMs.delete(oldest);
    coolUntilMs.set(key, untilMs);
  }

  function waitForTurn(key: string, urgency: number): Admission {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const behind = queue.findIndex((other) => other.urgency < urgency);
    queue.splice(behind < 0 ? queue.length : behind, 0, { urgency, key, end: resolve });
    const surplus = queue.length > maxWaiting ? queue.pop() : undefined;
    if (surplus !== undefined)
      giveUp(
        surplus,
        `number at once: ${running} captures are running, ${queue.length} more urgent ones wait`,
      );
    return { state: 'waiting', turn: promise };
  }

  /** Nothing was captured, so it may be asked for again. */
  function giveUp({ key, end }: Waiting, reason: string): void {
    coolUntilMs.delete(key);
    end(reason);
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    enter(request, nowMs) {
      const key = cooldownKey(request);
      const coolForMs = (coolUntilMs.get(key) ?? 0) - nowMs;
      if (request.cooldown_ms > 0 && coolForMs > 0)
        return {
          state: 'refused',
          reason: `cool-down: captured before, again in ${Math.ceil(coolForMs / 1000)} s`,
        };
      if (request.cooldown_ms > 0) remember(key, nowMs + request.cooldown_ms, nowMs);
      if (running >= maxConcurrent) return waitForTurn(key, request.urgency ?? byPersonUrgency);
      running += 1;
      return { state: 'admitted' };
    },
    leave() {
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next.end(undefined);
    },
    close(reason) {
      for (const waiting of queue.splice(0)) giveUp(waiting, reason);
    },
  };
}

/** Somebody looks at it now. */
const byPersonUrgency = Infinity;

function cooldownKey({ alert, selector }: CaptureRequest): string {
  return alert === null ? selectorKey(selector) : `${alert.rule_id} ${alert.fingerprint}`;
}
