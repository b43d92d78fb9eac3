import type { AgentClock } from '../clock.ts';

type WallClock = Pick<AgentClock, 'nowMs' | 'monotonicNs'>;

interface Tick {
  readonly offsetNs: bigint;
  /** How long the tick may have been over when it was noticed. */
  readonly uncertaintyNs: bigint;
}

/** Ticks to wait for are 1 ms apart; a clock that does not tick (a test's) is left after this long. */
const patienceNs = 3_000_000n;
const maxReads = 200_000;
const wantedUncertaintyNs = 100_000n;
const maxTicks = 3;

/**
 * Wall time minus CLOCK_MONOTONIC, in nanoseconds. Wall time is read in whole milliseconds, so this waits (1 ms, 3 ms
 * when it is interrupted) for the next one to begin. CLOCK_TAI, which BPF offers too, is no substitute: it is 37 s off
 * on most machines and 0 where no daemon set it. To be measured anew for each capture: wall time is slewed and set.
 */
export function measureWallOffsetNs(clock: WallClock): bigint {
  let best: Tick | undefined;
  for (let n = 0; n < maxTicks; n++) {
    const tick = awaitTick(clock);
    if (tick === undefined) break;
    if (best === undefined || tick.uncertaintyNs < best.uncertaintyNs) best = tick;
    if (best.uncertaintyNs < wantedUncertaintyNs) break;
  }
  return best?.offsetNs ?? BigInt(clock.nowMs()) * 1_000_000n - clock.monotonicNs();
}

/** The tick lies between two readings of wall time; the readings around both of them bound it. */
function awaitTick(clock: WallClock): Tick | undefined {
  const startedNs = clock.monotonicNs();
  const startedMs = clock.nowMs();
  let beforeLastNs = startedNs;
  let lastNs = clock.monotonicNs();
  for (let reads = 0; reads < maxReads; reads++) {
    const nowMs = clock.nowMs();
    const nowNs = clock.monotonicNs();
    if (nowMs !== startedMs) {
      const tickNs = (beforeLastNs + nowNs) / 2n;
      return { offsetNs: BigInt(nowMs) * 1_000_000n - tickNs, uncertaintyNs: nowNs - beforeLastNs };
    }
    if (nowNs - startedNs > patienceNs) return undefined;
    beforeLastNs = lastNs;
    lastNs = nowNs;
  }
  return undefined;
}
