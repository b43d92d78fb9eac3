import { defineSignal } from './define-signal.ts';

/** TCP segments sent again, by who sent them, to whom, and why. */
export const tcpRetransmits = defineSignal({
  id: 'tcp.retransmits',
  description: 'TCP segments sent again, by workload, peer and service port.',
  fields: {
    data_segments: {
      unit: 'segments',
      merge: 'sum',
      description: 'Segments with data sent, retransmissions included (tcp_sock.data_segs_out).',
    },
    retransmits: {
      unit: 'segments',
      merge: 'sum',
      description: 'Segments sent again on established connections (tcp_sock.total_retrans).',
    },
    rto: {
      unit: 'segments',
      merge: 'sum',
      description: 'Of these, after a retransmission time-out (RFC 6298).',
    },
    fast: {
      unit: 'segments',
      merge: 'sum',
      description: 'Of these, by fast retransmit or recovery (RFC 5681, 6675).',
    },
    tail_loss_probes: {
      unit: 'segments',
      merge: 'sum',
      description: 'Of these, sent as a tail loss probe (RFC 8985).',
    },
    spurious_retransmits: {
      unit: 'segments',
      merge: 'sum',
      description:
        'Of these, as told later, sent for nothing: the peer had the segment (DSACK, RFC 2883; tcp_sock.dsack_dups). A machine too busy to answer in time causes them.',
    },
    syn_retransmits: { unit: 'segments', merge: 'sum', description: 'SYNs sent again; outside the ratio.' },
    synack_retransmits: {
      unit: 'segments',
      merge: 'sum',
      description: 'SYN-ACKs sent again; outside the ratio.',
    },
    loss_episodes: {
      unit: 'episodes',
      merge: 'sum',
      description:
        'Times a socket entered the Recovery or Loss state: the losses of one episode come together.',
    },
    stalled_sockets: {
      unit: 'sockets',
      merge: 'max',
      description: 'Sockets with two or more unanswered retransmission time-outs in a row.',
    },
    zero_window_sockets: {
      unit: 'sockets',
      merge: 'max',
      description:
        'Sockets with data to send whose peer has kept its window closed and taken nothing for five seconds or more: its program does not read. Found within 20 s.',
    },
    sockets: { unit: 'sockets', merge: 'max', description: 'Sockets that sent data in the window.' },
  },
  measures: {
    retransmit_ratio: {
      phrase: 'of segments resent',
      numerator: 'retransmits',
      less: 'spurious_retransmits',
      denominator: 'data_segments',
      independent: ['loss_episodes', 'tail_loss_probes'],
      unit: 'ratio',
      description:
        'Share of sent data segments that were sent again, without those that the peer had already.',
    },
    loss_episode_ratio: {
      phrase: 'loss episodes by segment',
      numerator: 'loss_episodes',
      denominator: 'data_segments',
      unit: 'ratio',
      description: 'Loss episodes by data segment sent.',
    },
    stalled_sockets: {
      phrase: 'gone silent',
      numerator: 'stalled_sockets',
      unit: 'sockets',
      description: 'Sockets gone silent.',
    },
    zero_window_sockets: {
      phrase: 'kept waiting by a closed window',
      numerator: 'zero_window_sockets',
      unit: 'sockets',
      description: 'Sockets whose peer does not read.',
    },
    syn_retransmits: {
      phrase: 'SYN resent',
      numerator: 'syn_retransmits',
      unit: 'segments',
      description: 'SYNs sent again.',
    },
  },
  priors: {
    retransmit_ratio: { events: 0.3, trials: 300 },
    loss_episode_ratio: { events: 0.3, trials: 300 },
  },
});
