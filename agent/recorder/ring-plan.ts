import { packetSlotBytes, storySlotBytes } from './slot.ts';

export interface RingPlan {
  readonly rings: number;
  /** By ring; powers of two. */
  readonly packetSlots: number;
  readonly storySlots: number;
  readonly bytes: number;
}

/** One slot of the small ring for so many of the large one. */
const packetsPerStory = 8;
const bytesPerPacketSlot = packetSlotBytes + storySlotBytes / packetsPerStory;
/** 8 s of 4,000 packets/s, which is what 2,000/s are when both ends live on this machine. */
const wantedPacketSlots = 32_768;
const leastPacketSlots = 1024;

/**
 * Divides `bytes` into rings: one a CPU as long as each can hold `wantedPacketSlots`, else fewer that CPUs share
 * (a shared head costs a cache miss; a ring that holds half a second is worth nothing).
 */
export function planRings(bytes: number, cpus: number): RingPlan {
  const affordable = Math.floor(bytes / (bytesPerPacketSlot * wantedPacketSlots));
  const rings = Math.max(1, Math.min(cpus, affordable));
  const packetSlots = Math.max(leastPacketSlots, powerOfTwoBelow(bytes / rings / bytesPerPacketSlot));
  const storySlots = packetSlots / packetsPerStory;
  return {
    rings,
    packetSlots,
    storySlots,
    bytes: rings * (packetSlots * packetSlotBytes + storySlots * storySlotBytes),
  };
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, value)));
}
