import { defineSignal, type FieldDefinition, type QuantileMeasure } from './define-signal.ts';

function count(description: string): FieldDefinition {
  return { unit: 'requests', merge: 'sum', description };
}

function quantile(sketch: string, share: number, description: string): QuantileMeasure {
  return { sketch, quantile: share, unit: 'us', description };
}

/** How a Kubernetes API server answers, by requests of our own. `target` is the path that was asked. */
export const apiServerLatency = defineSignal({
  id: 'apiserver.latency',
  description:
    'Answers of API servers to requests of our own, by target and path, on kept and on fresh connections.',
  fields: {
    requests: count('Requests sent, half of them on the kept and half on a fresh connection.'),
    failures: count('Of these, not answered with success (2xx) in time.'),
    failures_dns: count('Failures: its name was not resolved.'),
    failures_connect: count('Failures: no TCP connection (refused, unreachable, no answer).'),
    failures_tls: count('Failures: no TLS session (certificate, protocol, broken off).'),
    failures_timeout: count('Failures: sent, and no whole answer in time.'),
    failures_reset: count('Failures: the connection broke before the answer was whole.'),
    failures_denied: count('Failures: 401 or 403, which is the answer to the identity of the probe.'),
    failures_throttled: count('Failures: 429.'),
    failures_server: count('Failures: 5xx.'),
    failures_unexpected: count('Failures: any other status, or no HTTP.'),
    fresh_requests: count('Requests in fresh_us.'),
    warm_requests: count('Requests in warm_us.'),
    held_up: count(
      'Requests in none of the times, because this agent itself was held up meanwhile (too little CPU): they would be its own.',
    ),
  },
  sketches: {
    fresh_us: {
      of: 'requests on a fresh connection',
      unit: 'us',
      description:
        'From nothing to the last byte on a fresh connection (DNS, connect, TLS, answer); successes, and time-outs as their limit.',
    },
    warm_us: {
      of: 'requests on the kept connection',
      unit: 'us',
      description: 'From request to last byte on a kept connection; successes, and time-outs as their limit.',
    },
    dns_us: { of: 'name resolutions', unit: 'us', description: 'Resolution of its name.' },
    connect_us: { of: 'TCP handshakes', unit: 'us', description: 'TCP handshake.' },
    tls_us: { of: 'TLS handshakes', unit: 'us', description: 'TLS handshake, never resumed.' },
    first_byte_us: {
      of: 'first bytes',
      unit: 'us',
      description: 'Request sent to first byte of the answer.',
    },
  },
  measures: {
    failure_ratio: {
      phrase: 'of requests failed',
      numerator: 'failures',
      denominator: 'requests',
      unit: 'ratio',
      description: 'Share of requests that failed.',
    },
    failures: {
      phrase: 'failed',
      numerator: 'failures',
      unit: 'requests',
      description: 'Requests that failed.',
    },
    fresh_p50: quantile('fresh_us', 0.5, 'Median on fresh connections.'),
    fresh_p75: quantile('fresh_us', 0.75, 'Three quarters of the requests on fresh connections are faster.'),
    fresh_p95: quantile('fresh_us', 0.95, '95th percentile on fresh connections.'),
    warm_p50: quantile('warm_us', 0.5, 'Median on the kept connection.'),
    warm_p75: quantile('warm_us', 0.75, 'Three quarters of the requests on the kept connection are faster.'),
    warm_p95: quantile('warm_us', 0.95, '95th percentile on the kept connection.'),
    dns_p75: quantile('dns_us', 0.75, 'Resolution of its name.'),
    connect_p75: quantile('connect_us', 0.75, 'TCP handshake.'),
    tls_p75: quantile('tls_us', 0.75, 'TLS handshake.'),
    first_byte_p75: quantile('first_byte_us', 0.75, 'Request sent to first byte.'),
  },
  priors: { failure_ratio: { events: 0.3, trials: 300 } },
});
