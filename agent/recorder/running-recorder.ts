import type { AgentClock } from '../clock.ts';
import type { FollowHub } from './follow-hub.ts';
import type { FreezeStore } from './freeze-store.ts';
import type { PacketSource } from './packet-source.ts';

/** What exists between the start and the stop of a flight recorder. */
export interface RunningRecorder {
  readonly source: PacketSource;
  readonly freezes: FreezeStore;
  readonly hub: FollowHub;
  readonly startedKtimeNs: bigint;
  readonly stopping: AbortController;
}

/** Seconds of history in the large ring. */
export function secondsHeld({ source, startedKtimeNs }: RunningRecorder, clock: AgentClock): number {
  const since = source.packets.horizonKtimeNs() ?? startedKtimeNs;
  return Number(clock.monotonicNs() - since) / 1e9;
}

/** One line on what could not be kept, for the comment of a capture. */
export function describeLosses(source: PacketSource): string {
  const { packets_over_quota: overQuota, follow_lost: followLost, unreadable } = source.counters();
  return (
    `not kept since the recorder started, of all flows: ${overQuota} packets over their namespace's quota, ` +
    `${followLost} while following (the rings may hold them), ${unreadable} unreadable, ` +
    `${source.packets.lost()} overwritten before they were read`
  );
}
