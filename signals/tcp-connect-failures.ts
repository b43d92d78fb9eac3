import { defineSignal } from './define-signal.ts';

/** Attempts of a client to connect, and why they fail. */
export const tcpConnectFailures = defineSignal({
  id: 'tcp.connect_failures',
  description:
    'Attempts of clients to connect over TCP, and why they fail. Told as they end; an attempt without a route of its own machine sends nothing and is not seen.',
  fields: {
    attempts: {
      unit: 'connections',
      merge: 'sum',
      description: 'Attempts that ended: established or failed.',
    },
    failures: { unit: 'connections', merge: 'sum', description: 'Of these, failed: the sum of the causes.' },
    refused: {
      unit: 'connections',
      merge: 'sum',
      description: 'Answered with a reset or “port unreachable”: nobody listens there (ECONNREFUSED).',
    },
    timed_out: {
      unit: 'connections',
      merge: 'sum',
      description: 'No answer for as long as the kernel tries (ETIMEDOUT).',
    },
    unreachable: {
      unit: 'connections',
      merge: 'sum',
      description:
        'A router, or the neighbour’s silence, said that there is no way (EHOSTUNREACH, ENETUNREACH).',
    },
    given_up: {
      unit: 'connections',
      merge: 'sum',
      description:
        'Closed by the program itself after its SYN had been sent again at least once. Closed sooner is no failure: that is how the faster of two addresses is found (RFC 8305).',
    },
  },
  measures: {
    failure_ratio: {
      phrase: 'of attempts to connect failed',
      numerator: 'failures',
      denominator: 'attempts',
      unit: 'ratio',
      description: 'Share of the attempts that failed.',
    },
    failures: {
      phrase: 'not established',
      numerator: 'failures',
      unit: 'connections',
      description: 'Attempts that failed.',
    },
  },
  // Wide on purpose: programs try ports that are not open yet. What has never succeeded has to fail very often.
  priors: { failure_ratio: { events: 1, trials: 4 } },
});
