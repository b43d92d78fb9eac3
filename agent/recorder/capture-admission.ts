import type { CaptureRequest } from '../../stream/events/capture.ts';
import { selectorKey } from './frozen-flow.ts';

/** Decides which requests run: number at once, and not again for the same alert within its cool-down. */
export interface CaptureAdmission {
  /** Returns why not; undefined: admitted, and `leave` must follow. */
  enter(request: CaptureRequest, nowMs: number): string | undefined;
  leave(): void;
  readonly running: number;
}

/** Cool-downs remembered; beyond, the oldest are forgotten (and their alerts may be captured once more). */
const maxCooldowns = 4096;

export function createCaptureAdmission(maxConcurrent: number): CaptureAdmission {
  const coolUntilMs = new Map<string, number>();
  let running = 0;

  function remember(key: string, untilMs: number, nowMs: number): void {
    for (const [known, until] of coolUntilMs) if (until <= nowMs) coolUntilMs.delete(known);
    const [oldest] = coolUntilMs.keys();
    if (coolUntilMs.size >= maxCooldowns && oldest !== undefined) coolUntilMs.delete(oldest);
    coolUntilMs.set(key, untilMs);
  }

  return {
    get running() {
      return running;
    },
    enter(request, nowMs) {
      const key = cooldownKey(request);
      const coolForMs = (coolUntilMs.get(key) ?? 0) - nowMs;
      if (request.cooldown_ms > 0 && coolForMs > 0)
        return `cool-down: captured before, again in ${Math.ceil(coolForMs / 1000)} s`;
      if (running >= maxConcurrent) return `number at once: ${running} captures are running`;
      running += 1;
      if (request.cooldown_ms > 0) remember(key, nowMs + request.cooldown_ms, nowMs);
      return undefined;
    },
    leave() {
      running -= 1;
    },
  };
}

function cooldownKey({ alert, selector }: CaptureRequest): string {
  return alert === null ? selectorKey(selector) : `${alert.rule_id} ${alert.fingerprint}`;
}
