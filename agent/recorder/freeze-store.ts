import type { CaptureSelector } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { createFrozenFlow, selectorKey, type FrozenFlow } from './frozen-flow.ts';
import type { PacketSource } from './packet-source.ts';

export interface FreezeLimits {
  readonly maxFreezes: number;
  /** Of one freeze; beyond, its oldest packets go. */
  readonly maxBytesPerFreeze: number;
  /** Of all together; beyond, the oldest freezes go. */
  readonly maxFreezeBytes: number;
  /** From the first candidate on. Then it is dropped, and the next candidate finds what the rings hold by then. */
  readonly ttlMs: number;
}

export interface FreezeCounters {
  held: number;
  bytes: number;
  expired: number;
  /** Dropped for a newer one, because there were too many. */
  evicted: number;
  /** Lost their oldest packets to the limit of bytes. */
  trimmed: number;
}

/** Freezes nobody has asked for yet. Bounded in number, bytes and age. */
export interface FreezeStore {
  freeze(selector: CaptureSelector): void;
  /** Hands over and forgets; undefined: none is held. */
  take(selector: CaptureSelector): FrozenFlow | undefined;
  counters(): Readonly<FreezeCounters>;
}

export function createFreezeStore(
  source: Pick<PacketSource, 'packets' | 'stories'>,
  clock: Pick<AgentClock, 'monotonicNs'>,
  limits: FreezeLimits,
): FreezeStore {
  /** Oldest first: insertion order, and a freeze is never renewed. */
  const freezes = new Map<string, FrozenFlow>();
  const counters = { expired: 0, evicted: 0, trimmed: 0 };

  function dropExpired(): void {
    const oldest = clock.monotonicNs() - BigInt(limits.ttlMs) * 1_000_000n;
    for (const [key, freeze] of freezes) {
      if (freeze.startedKtimeNs >= oldest) break;
      freezes.delete(key);
      counters.expired += 1;
    }
  }

  const totalBytes = (): number => freezes.values().reduce((sum, { log }) => sum + log.fileBytes, 0);

  /** Never the newest, which is the one that is being asked for. */
  function evict(): void {
    while (freezes.size > 1 && (freezes.size > limits.maxFreezes || totalBytes() > limits.maxFreezeBytes)) {
      const [oldest] = freezes.keys();
      if (oldest === undefined) return;
      freezes.delete(oldest);
      counters.evicted += 1;
    }
  }

  return {
    freeze(selector) {
      dropExpired();
      const key = selectorKey(selector);
      let freeze = freezes.get(key);
      if (freeze === undefined) {
        freeze = createFrozenFlow(selector, source, clock);
        freezes.set(key, freeze);
      }
      freeze.extend();
      // To three quarters, so that not every further packet sorts them all again.
      if (
        freeze.log.fileBytes > limits.maxBytesPerFreeze &&
        freeze.log.keepNewest(limits.maxBytesPerFreeze * 0.75)
      )
        counters.trimmed += 1;
      evict();
    },
    take(selector) {
      dropExpired();
      const key = selectorKey(selector);
      const freeze = freezes.get(key);
      freezes.delete(key);
      return freeze;
    },
    counters() {
      dropExpired();
      return { held: freezes.size, bytes: totalBytes(), ...counters };
    },
  };
}
