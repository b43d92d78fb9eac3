import { defineSignal } from './define-signal.ts';

/** How much goes to and fro. */
export const tcpTraffic = defineSignal({
  id: 'tcp.traffic',
  description: 'Bytes sent and received over TCP, by workload, peer and service port.',
  fields: {
    bytes_sent: {
      unit: 'bytes',
      merge: 'sum',
      description:
        'Payload sent for the first time (tcp_sock.bytes_sent less bytes_retrans); what was sent again does not count twice.',
    },
    bytes_received: {
      unit: 'bytes',
      merge: 'sum',
      description:
        'Payload received in order (tcp_sock.bytes_received; the end of a connection counts as one). A socket that only receives is told when it is closed, else every ten seconds.',
    },
    data_segments: {
      unit: 'segments',
      merge: 'sum',
      description: 'Segments with data sent, retransmissions included (tcp_sock.data_segs_out).',
    },
  },
  measures: {
    bytes_sent: { phrase: 'sent', numerator: 'bytes_sent', unit: 'bytes', description: 'Payload sent.' },
    bytes_received: {
      phrase: 'received',
      numerator: 'bytes_received',
      unit: 'bytes',
      description: 'Payload received.',
    },
  },
  priors: {},
});
