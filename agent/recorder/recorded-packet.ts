/** A packet as the recorder's programs saw it: what the rings, a freeze and a capture pass on. */
export interface RecordedPacket {
  /** CLOCK_MONOTONIC. */
  readonly ktimeNs: bigint;
  readonly netnsCookie: bigint;
  readonly socketCookie: bigint;
  readonly cpu: number;
  readonly direction: 'in' | 'out';
  /** From the IP header on; of the whole super-packet with GSO. */
  readonly length: number;
  /** Payload bytes a segment on the wire; 0: not a super-packet. */
  readonly gsoSize: number;
  readonly protocol: number;
  readonly localPort: number;
  readonly remotePort: number;
  /** The kernel's own judgement: data that had been sent, or received, before. */
  readonly resent: boolean;
  /** From the IP header on, at most `length`. */
  readonly bytes: Uint8Array;
}
