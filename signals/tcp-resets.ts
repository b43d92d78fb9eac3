import { defineSignal } from './define-signal.ts';

/** Connections that end by a reset instead of a goodbye. */
export const tcpResets = defineSignal({
  id: 'tcp.resets',
  description:
    'Established TCP connections that a reset ends. Resets after this end has closed, and those that refuse an attempt, are not counted here.',
  fields: {
    closed: {
      unit: 'connections',
      merge: 'sum',
      description: 'Established connections that ended, however they did.',
    },
    received: {
      unit: 'connections',
      merge: 'sum',
      description: 'Of these, ended by a reset of the peer (from ESTABLISHED or CLOSE_WAIT).',
    },
    mid_exchange: {
      unit: 'connections',
      merge: 'sum',
      description:
        'Of the received, in the middle of an exchange: data was unacknowledged, or a client had not had its answer. A reset that ends an idle keep-alive connection or a health check is none.',
    },
    aborted: {
      unit: 'connections',
      merge: 'sum',
      description: 'Ended by a reset of this end: a program that died or would not wait (SO_LINGER 0).',
    },
    aborted_unread: {
      unit: 'connections',
      merge: 'sum',
      description: 'Ended by a reset of this end because its program closed with data unread.',
    },
  },
  measures: {
    mid_exchange_ratio: {
      phrase: 'of connections cut off in the middle of an exchange',
      numerator: 'mid_exchange',
      denominator: 'closed',
      unit: 'ratio',
      description: 'Share of the connections that ended which the peer cut off in the middle of an exchange.',
    },
    received: {
      phrase: 'reset by the peer',
      numerator: 'received',
      unit: 'connections',
      description: 'Connections reset by the peer.',
    },
    mid_exchange: {
      phrase: 'cut off in the middle of an exchange',
      numerator: 'mid_exchange',
      unit: 'connections',
      description: 'Connections cut off in the middle of an exchange.',
    },
  },
  priors: { mid_exchange_ratio: { events: 0.3, trials: 30 } },
});
