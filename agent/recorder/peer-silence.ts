import type { FlowCounts } from './flow-counts.ts';

/** In which a peer that lives has answered: longer than the shortest time-out (RFC 6298, Linux: 200 ms). */
export const longSilenceNs = 300_000_000n;

/** For how long the peer has not been heard, and what was sent again meanwhile. */
export interface PeerSilence {
  /** Each packet, before anything else is counted of it. */
  see(direction: 'in' | 'out', atNs: bigint): void;
  resend(segments: number): void;
  counts(): Pick<FlowCounts, 'resentInSilence' | 'resentUnheard' | 'silenceNs'>;
}

export function createPeerSilence(): PeerSilence {
  /** Of the peer's last packet; before there is one, of the first of all. */
  let lastHeardNs: bigint | undefined;
  let silenceNs = 0n;
  let resentInSilence = 0;
  let resentBefore = 0;

  /** In a shorter silence the answer may be under way. */
  const unheard = (): number => (resentInSilence > 1 && silenceNs >= longSilenceNs ? resentInSilence : 0);

  return {
    see(direction, atNs) {
      silenceNs = atNs - (lastHeardNs ?? atNs);
      lastHeardNs ??= atNs;
      if (direction === 'out') return;
      resentBefore += unheard();
      [resentInSilence, silenceNs, lastHeardNs] = [0, 0n, atNs];
    },
    resend(segments) {
      resentInSilence += segments;
    },
    counts: () => ({ resentInSilence, silenceNs, resentUnheard: resentBefore + unheard() }),
  };
}
