import type { ProbeRow } from '../probe.ts';
import { rowPlace } from '../probes/row-place.ts';
import type { UdpCounters, UdpPeerKey } from './udp-layout.ts';

/** Rows of the UDP probe: made into `net.destinations`, never told by themselves. */
export const udpFlowsSignal = 'udp.flows';

const counted = ['contacts', 'packets_sent', 'packets_received', 'bytes_sent', 'bytes_received'] as const;
/** Windows end a little early or late. */
const windowSlackMs = 200;

/** What was told of one key of the kernel's map: its first row at once, then what came in `gapMs` together. */
export class UdpFlowRecord {
  readonly #key: UdpPeerKey;
  readonly #gapMs: number;
  #told: UdpCounters | undefined;
  #toldAtMs = -Infinity;

  constructor(key: UdpPeerKey, gapMs: number) {
    this.#key = key;
    this.#gapMs = gapMs;
  }

  /** Cheap: until then the counters need no look. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#toldAtMs + this.#gapMs - windowSlackMs;
  }

  /** What came since it was told last; undefined: nothing. Only when due. */
  endWindow(now: UdpCounters, nowMs: number): ProbeRow | undefined {
    // After an eviction the kernel counts from zero under another incarnation: nothing of that was told.
    const before = this.#told?.incarnation === now.incarnation ? this.#told : undefined;
    const fields = Object.fromEntries(counted.map((name) => [name, now[name] - (before?.[name] ?? 0)]));
    if (counted.every((name) => fields[name] === 0)) return undefined;
    // Later than that, it is of this window: what had come before would have been told by then.
    const isGathered = this.#gapMs > 0 && nowMs - this.#toldAtMs < this.#gapMs + windowSlackMs;
    const sinceMs = this.#toldAtMs;
    this.#told = now;
    this.#toldAtMs = nowMs;
    return {
      signal: udpFlowsSignal,
      ...rowPlace(this.#key, now.netns_inode),
      role: 'client',
      fields,
      sockets: [],
      ...(isGathered && { sinceMs }),
    };
  }
}
