import type { RingReader } from './rings.ts';

/** What to follow, in the terms of the kernel's filter. */
export interface FollowFilter {
  readonly netnsCookie: bigint;
  /** 16 bytes, IPv4 as ::ffff:a.b.c.d. */
  readonly peer: Uint8Array;
  /** 0: every port, in either role. */
  readonly servicePort: number;
  readonly role: 'client' | 'server';
}

/** Counted by the programs since they were loaded. */
export interface ProgramCounters {
  /** Slots taken of the large and of the small rings. */
  readonly packets: number;
  readonly story: number;
  readonly packets_over_quota: number;
  readonly story_over_quota: number;
  readonly followed: number;
  readonly follow_lost: number;
  readonly unreadable: number;
  readonly no_socket: number;
}

/** Where packets come from: the programs in the kernel, or a test. */
export interface PacketSource {
  /** Every packet's headers. */
  readonly packets: RingReader;
  /** Handshakes, ends, what was sent again, DNS; holds more of each packet and reaches further back in a flood. */
  readonly stories: RingReader;
  /** Slots of packets that match a filter, as they pass; valid during the call only. */
  onFollowed(listener: (slot: Uint8Array) => void): void;
  /** Throws when the kernel takes no further filter. Replaces the terms of a filter that is there. */
  follow(filter: FollowFilter, untilKtimeNs: bigint, snaplen: number): void;
  unfollow(filter: FollowFilter): void;
  counters(): ProgramCounters;
  stop(): Promise<void>;
}
