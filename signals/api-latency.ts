import { defineSignal, type FieldDefinition, type QuantileMeasure } from './define-signal.ts';

function count(unit: FieldDefinition['unit'], description: string): FieldDefinition {
  return { unit, merge: 'sum', description };
}

function quantile(sketch: string, share: number, description: string): QuantileMeasure {
  return { sketch, quantile: share, unit: 'us', description };
}

/** How external peers answer the clients on this machine, seen from outside of their connections. */
export const apiLatency = defineSignal({
  id: 'api.latency',
  description:
    'How long external peers take to answer, by workload, name and port; from packets alone, so also where they are encrypted.',
  fields: {
    connections: count('connections', 'TCP handshakes completed by clients.'),
    hellos: count('connections', 'Of these, with a TLS ClientHello that was answered.'),
    requests: count('requests', 'Requests in response_us.'),
    unanswered: count(
      'requests',
      'Of these, ended without an answer after a second or more; they count as that long.',
    ),
    excluded_http2: count('connections', 'Left out: connections that speak HTTP/2, where requests overlap.'),
    excluded_duplex: count(
      'connections',
      'Left out: connections whose two sides do not take turns (WebSocket, multiplexing).',
    ),
    excluded_streams: count(
      'connections',
      'Left out: connections on which the peer goes on after a pause, unasked.',
    ),
    excluded_long_waits: count(
      'requests',
      'Left out: waits longer than 10 s that the peer lets clients wait on purpose (long polls).',
    ),
    excluded_paused: count('requests', 'Left out: requests with a pause of a second or more in their midst.'),
    excluded_unclear: count(
      'requests',
      'Left out: requests of which it cannot be told where they begin or are answered (begun before the agent, mixed up with TLS session tickets, answered early).',
    ),
  },
  sketches: {
    handshake_us: {
      of: 'TCP handshakes',
      unit: 'us',
      description: 'First SYN sent to SYN-ACK received; SYNs sent again included.',
    },
    server_hello_us: {
      of: 'TLS hellos',
      unit: 'us',
      description: 'ClientHello sent to first data received.',
    },
    response_us: {
      of: 'answers',
      unit: 'us',
      description: 'Last byte of a request sent to first byte of its answer received.',
    },
  },
  measures: {
    response_p50: quantile('response_us', 0.5, 'Half of the requests are answered faster.'),
    response_p90: quantile('response_us', 0.9, 'Nine of ten requests are answered faster.'),
    response_p99: quantile('response_us', 0.99, '99 of 100 requests are answered faster.'),
    handshake_p50: quantile('handshake_us', 0.5, 'Half of the TCP handshakes are faster.'),
    handshake_p90: quantile('handshake_us', 0.9, 'Nine of ten TCP handshakes are faster.'),
    server_hello_p50: quantile('server_hello_us', 0.5, 'Half of the TLS hellos are answered faster.'),
    server_hello_p90: quantile('server_hello_us', 0.9, 'Nine of ten TLS hellos are answered faster.'),
    unanswered_ratio: {
      phrase: 'of requests never answered',
      numerator: 'unanswered',
      denominator: 'requests',
      unit: 'ratio',
      description: 'Share of requests that were given up, or whose connection ended, without an answer.',
    },
  },
  priors: { unanswered_ratio: { events: 0.3, trials: 300 } },
});
