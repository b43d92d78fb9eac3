import type { CaptureSelector } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { createFlowMatcher, peerAddresses } from './flow-matcher.ts';
import type { PacketSource } from './packet-source.ts';
import type { RingCursor, RingReader, RingScan } from './rings.ts';
import { createSlotLog, type SlotLog } from './slot-log.ts';

/** What was copied out of the rings for one selector. */
export interface FrozenFlow {
  /** When it was first frozen: the moment of the candidate. */
  readonly startedKtimeNs: bigint;
  /** From when on every ring was complete when it was first read; undefined: none had wrapped. */
  readonly horizonKtimeNs: bigint | undefined;
  /** Slots of the large rings, of any flow, that were overwritten between two calls of `extend`. */
  readonly lost: number;
  readonly log: SlotLog;
  /** Copies what came since the last call. */
  extend(): void;
  /** Takes a slot from elsewhere (live follow) if it belongs to the selector; false: it does not, or is there already. */
  offer(slot: Uint8Array): boolean;
}

/** The same for selectors that find the same packets. */
export function selectorKey(selector: CaptureSelector): string {
  const peers = peerAddresses(selector).map((bytes) => Buffer.from(bytes).toString('hex'));
  return [
    selector.subject.netns_cookie ?? '',
    selector.role,
    selector.service_port,
    ...peers.toSorted(),
  ].join('/');
}

export function createFrozenFlow(
  selector: CaptureSelector,
  source: Pick<PacketSource, 'packets' | 'stories'>,
  clock: Pick<AgentClock, 'monotonicNs'>,
): FrozenFlow {
  const matcher = createFlowMatcher(selector);
  const log = createSlotLog();
  const storyCursor = source.stories.startCursor();
  const packetCursor = source.packets.startCursor();
  let first: RingScan | undefined;
  let lost = 0;

  const offer = (slot: Uint8Array): boolean => matcher.matches(slot) && log.append(slot);

  function read(reader: RingReader, cursor: RingCursor): RingScan {
    const from = [...cursor];
    const oneSided = matcher.oneSidedSockets();
    const scan = reader.scan(cursor, matcher.netnsCookie, offer);
    // A socket learned on the way may have packets of its translated direction earlier in the ring.
    if (matcher.oneSidedSockets() > oneSided) reader.scan(from, matcher.netnsCookie, offer);
    return scan;
  }

  return {
    startedKtimeNs: clock.monotonicNs(),
    get horizonKtimeNs() {
      return first?.completeSinceKtimeNs;
    },
    get lost() {
      return lost;
    },
    log,
    offer,
    extend() {
      // The small ring first: it holds more of a DNS packet, and the first copy wins.
      read(source.stories, storyCursor);
      const scan = read(source.packets, packetCursor);
      // What the first read came too late for lies before the horizon.
      if (first !== undefined) lost += scan.lost;
      first ??= scan;
    },
  };
}
