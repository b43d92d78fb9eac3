import type { StateChange } from '../stream/port.ts';

export interface RespondMemory {
  /** Why a capture may not be asked for, or undefined: it may, and that is noted. */
  ask(fingerprint: string, nowMs: number, cooldownMs: number): string | undefined;
  /** Forgets cool-downs that are over. */
  forget(nowMs: number): void;
  restore(entries: Iterable<readonly [key: string, value: Uint8Array]>): void;
  drain(): Iterable<StateChange>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const recentKey = 'recent';
/** Alerts in cool-down at once; beyond, captures are refused until some are over. */
const maxCooldowns = 10_000;
const minuteMs = 60_000;

/** Cool-downs by alert, and the times of the last minute's captures. */
export function createRespondMemory(maxPerMinute: number): RespondMemory {
  const until = new Map<string, number>();
  const changes = new Map<string, unknown>();
  let recent: number[] = [];

  function refusedBecause(fingerprint: string, nowMs: number): string | undefined {
    const endsMs = until.get(fingerprint) ?? 0;
    if (nowMs < endsMs) return `cool-down for another ${Math.ceil((endsMs - nowMs) / 1_000)} s`;
    if (recent.length >= maxPerMinute) return `more than ${maxPerMinute} captures within a minute`;
    return until.size >= maxCooldowns ? `more than ${maxCooldowns} alerts in cool-down` : undefined;
  }

  return {
    ask(fingerprint, nowMs, cooldownMs) {
      recent = recent.filter((askedMs) => askedMs > nowMs - minuteMs);
      const refused = refusedBecause(fingerprint, nowMs);
      if (refused !== undefined) return refused;
      recent.push(nowMs);
      until.set(fingerprint, nowMs + cooldownMs);
      changes.set(recentKey, recent).set(`until/${fingerprint}`, nowMs + cooldownMs);
      return undefined;
    },
    forget(nowMs) {
      for (const [fingerprint, endsMs] of until)
        if (nowMs >= endsMs) {
          until.delete(fingerprint);
          changes.set(`until/${fingerprint}`, null);
        }
    },
    restore(entries) {
      for (const [key, value] of entries) {
        const stored = JSON.parse(decoder.decode(value)) as unknown;
        if (key === recentKey) recent = stored as number[];
        else until.set(key.slice('until/'.length), stored as number);
      }
    },
    *drain() {
      for (const [key, value] of changes)
        yield { key, value: value === null ? null : encoder.encode(JSON.stringify(value)) };
      changes.clear();
    },
  };
}
