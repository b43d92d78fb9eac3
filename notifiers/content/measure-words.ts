/** What a figure is a figure of, by signal and measure: "6.3 % of segments resent". */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'tcp.retransmits': {
    retransmit_ratio: 'of segments resent',
    loss_episode_ratio: 'loss episodes by segment',
    stalled_sockets: 'gone silent',
    syn_retransmits: 'SYN resent',
  },
  'tcp.rtt': { min_rtt: 'smallest round trip' },
  'tcp.traffic': { bytes_sent: 'sent', bytes_received: 'received' },
  'tcp.connections': {
    established: 'established',
    open_sockets: 'open',
    timed_out_ratio: 'of connections given up without an answer',
    mean_handshake: 'for a handshake on average',
  },
  'tcp.connect_failures': { failure_ratio: 'of attempts to connect failed', failures: 'not established' },
  'tcp.resets': {
    mid_exchange_ratio: 'of connections cut off in the middle of an exchange',
    mid_exchange: 'cut off in the middle of an exchange',
    received: 'reset by the peer',
  },
  'apiserver.latency': { failure_ratio: 'of requests failed', failures: 'failed' },
  dns: {
    failure_ratio: 'of lookups failed',
    failures: 'failed',
    query_failure_ratio: 'of queries failed',
    never_resolved: 'of names that were never found',
    overdue: 'waiting for an answer',
    nxdomain_ratio: 'of lookups for names that do not exist',
  },
};

/** The measure in words; of one that has none here, its name: `warm_p75` reads "warm p75". */
export const measureWords = (signal: string, measure: string): string =>
  words[signal]?.[measure] ?? measure.replaceAll('_', ' ');
