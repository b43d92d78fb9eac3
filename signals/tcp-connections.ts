import { defineSignal } from './define-signal.ts';

/** Connections as they come and go. */
export const tcpConnections = defineSignal({
  id: 'tcp.connections',
  description: 'TCP connections opened (role client) or accepted (role server), open and closed.',
  fields: {
    established: {
      unit: 'connections',
      merge: 'sum',
      description: 'Connections established: opened by a client, accepted by a server.',
    },
    closed: {
      unit: 'connections',
      merge: 'sum',
      description: 'Established connections that ended, however they did.',
    },
    timed_out: {
      unit: 'connections',
      merge: 'sum',
      description: 'Of these, given up because the peer no longer answered.',
    },
    open_sockets: {
      unit: 'sockets',
      merge: 'max',
      description: 'Connections open at the end of the window.',
    },
    handshakes: { unit: 'connections', merge: 'sum', description: 'Handshakes whose time is known.' },
    handshake_us: {
      unit: 'us',
      merge: 'sum',
      description:
        'Their time added up: from the first SYN to its answer (client), from the SYN-ACK to its acknowledgement (server).',
    },
  },
  measures: {
    established: {
      phrase: 'established',
      numerator: 'established',
      unit: 'connections',
      description: 'Connections established.',
    },
    open_sockets: {
      phrase: 'open',
      numerator: 'open_sockets',
      unit: 'sockets',
      description: 'Connections open.',
    },
    timed_out_ratio: {
      phrase: 'of connections given up without an answer',
      numerator: 'timed_out',
      denominator: 'closed',
      unit: 'ratio',
      description: 'Share of the connections that ended because the peer no longer answered.',
    },
    mean_handshake: {
      phrase: 'for a handshake on average',
      numerator: 'handshake_us',
      denominator: 'handshakes',
      unit: 'us',
      description: 'Mean time of a handshake.',
    },
  },
  priors: { timed_out_ratio: { events: 0.3, trials: 100 } },
});
