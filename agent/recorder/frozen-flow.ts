import type { CaptureSelector } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { createFlowMatcher, peerAddresses } from './flow-matcher.ts';
import type { PacketSource } from './packet-source.ts';
import type { RingReader } from './rings.ts';
import { createSlotLog, type SlotLog } from './slot-log.ts';

/** What was copied out of the rings for one selector. */
export interface FrozenFlow {
  /** When it was first frozen: the moment of the candidate. */
  readonly startedKtimeNs: bigint;
  /** From when on the rings were complete at that moment; undefined: they had never wrapped. */
  readonly horizonKtimeNs: bigint | undefined;
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

  const offer = (slot: Uint8Array): boolean => matcher.matches(slot) && log.append(slot);

  function read(reader: RingReader, cursor: number[]): void {
    const from = [...cursor];
    const oneSided = matcher.oneSidedSockets();
    reader.scan(cursor, matcher.netnsCookie, offer);
    // A socket learned on the way may have packets of its translated direction earlier in the ring.
    if (matcher.oneSidedSockets() > oneSided) reader.scan(from, matcher.netnsCookie, offer);
  }

  return {
    startedKtimeNs: clock.monotonicNs(),
    horizonKtimeNs: source.packets.horizonKtimeNs(),
    log,
    offer,
    extend() {
      // The small ring first: it holds more of a DNS packet, and the first copy wins.
      read(source.stories, storyCursor);
      read(source.packets, packetCursor);
    },
  };
}
