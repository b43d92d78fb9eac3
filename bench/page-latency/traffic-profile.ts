import type { ClientOptions } from '../../test/lab/traffic.ts';

export interface TrafficProfile {
  readonly name: string;
  readonly client: Omit<ClientOptions, 'target'>;
  /** Median of a page that the project promises itself, in seconds. */
  readonly goalSeconds: number;
  /** Of the lab's hosts: the client is the first, receivers follow. Labs of two profiles share none. */
  readonly address: (index: number) => { readonly address4: string; readonly address6: string };
}

export const trafficProfiles: readonly TrafficProfile[] = [
  {
    name: '5 × 40 requests/s',
    client: { connections: 5, rate: 40, requestBytes: 200, responseBytes: 200 },
    goalSeconds: 0.6,
    address: (index) => ({ address4: `198.51.100.${100 + index}`, address6: `2001:db8:6::${100 + index}` }),
  },
  {
    name: '1 MB/s',
    client: { connections: 1, rate: 64, requestBytes: 16_384, responseBytes: 200 },
    goalSeconds: 0.3,
    address: (index) => ({ address4: `203.0.113.${100 + index}`, address6: `2001:db8:7::${100 + index}` }),
  },
];
