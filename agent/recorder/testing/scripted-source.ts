import type { FollowFilter, PacketSource } from '../packet-source.ts';
import type { RingReader } from '../rings.ts';
import { headOffset } from '../slot.ts';
import { packetSlot, type TcpPacketPlan } from './tcp-packet.ts';

/** A source whose rings and live packets a test writes. */
export interface ScriptedSource extends PacketSource {
  readonly filters: Map<
    string,
    { readonly filter: FollowFilter; readonly untilKtimeNs: bigint; readonly snaplen: number }
  >;
  /** Into the large ring, as `packetSlot` makes it. */
  record(plan: TcpPacketPlan): void;
  /** Out of the live ring buffer. */
  pass(plan: TcpPacketPlan): void;
  refuseFilters: boolean;
  horizon: bigint | undefined;
  stopped: boolean;
}

export function createScriptedSource(): ScriptedSource {
  const slots: Uint8Array[] = [];
  let listener: ((slot: Uint8Array) => void) | undefined;
  const source: ScriptedSource = {
    filters: new Map(),
    refuseFilters: false,
    horizon: undefined,
    stopped: false,
    record: (plan) => void slots.push(packetSlot(plan)),
    pass: (plan) => listener?.(packetSlot(plan)),
    packets: readerOf(slots, () => source.horizon),
    stories: readerOf([], () => undefined),
    onFollowed: (next) => void (listener = next),
    follow(filter, untilKtimeNs, snaplen) {
      if (source.refuseFilters) throw new Error('no room in map follow');
      source.filters.set(nameOf(filter), { filter, untilKtimeNs, snaplen });
    },
    unfollow: (filter) => void source.filters.delete(nameOf(filter)),
    counters: () => ({
      packets: slots.length,
      story: 0,
      packets_over_quota: 0,
      story_over_quota: 0,
      followed: 0,
      follow_lost: 0,
      unreadable: 0,
      no_socket: 0,
    }),
    async stop() {
      source.stopped = true;
    },
  };
  return source;
}

function readerOf(slots: readonly Uint8Array[], horizon: () => bigint | undefined): RingReader {
  return {
    startCursor: () => [0],
    scan(cursor, netnsCookie, onSlot) {
      const from = cursor[0] ?? 0;
      for (const slot of slots.slice(from)) {
        const cookie = new DataView(slot.buffer).getBigUint64(headOffset.netns_cookie, true);
        if (netnsCookie === undefined || cookie === netnsCookie) onSlot(slot);
      }
      cursor[0] = slots.length;
      return { visited: slots.length - from, lost: 0, completeSinceKtimeNs: horizon() };
    },
    horizonKtimeNs: horizon,
    written: () => slots.length,
    lost: () => 0,
  };
}

function nameOf(filter: FollowFilter): string {
  return `${filter.netnsCookie} ${filter.role} ${filter.servicePort} ${Buffer.from(filter.peer).toString('hex')}`;
}
