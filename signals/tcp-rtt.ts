import { defineSignal } from './define-signal.ts';

/** Round-trip times of TCP as the path makes them, not the peer's programs. */
export const tcpRtt = defineSignal({
  id: 'tcp.rtt',
  description: 'Round-trip times of TCP segments, by workload, peer and service port.',
  fields: {
    min_rtt_us: {
      unit: 'us',
      merge: 'min',
      description:
        'Smallest round trip, handshakes included. The path makes it; single samples also hold up to some 40 ms of delayed acknowledgement (RFC 1122, 4.2.3.2).',
    },
    rtt_samples: {
      unit: 'events',
      merge: 'sum',
      description: 'Round trips measured: about one by round trip and socket (RFC 6298).',
    },
  },
  measures: {
    min_rtt: {
      phrase: 'smallest round trip',
      numerator: 'min_rtt_us',
      unit: 'us',
      description: 'Smallest round trip of the window.',
    },
  },
  priors: {},
});
