import { apiLatency } from './api-latency.ts';
import { apiServerLatency } from './apiserver-latency.ts';
import type { SignalDefinition } from './define-signal.ts';
import { dns } from './dns.ts';
import { netDestinations } from './net-destinations.ts';
import { tcpConnectFailures } from './tcp-connect-failures.ts';
import { tcpConnections } from './tcp-connections.ts';
import { tcpResets } from './tcp-resets.ts';
import { tcpRetransmits } from './tcp-retransmits.ts';
import { tcpRtt } from './tcp-rtt.ts';
import { tcpTraffic } from './tcp-traffic.ts';

const definitions: readonly SignalDefinition[] = [
  tcpRetransmits,
  tcpRtt,
  tcpTraffic,
  tcpConnections,
  tcpConnectFailures,
  tcpResets,
  netDestinations,
  apiServerLatency,
  apiLatency,
  dns,
];

/** Every signal that Saccade knows, by id. */
export const signalCatalogue: ReadonlyMap<string, SignalDefinition> = new Map(
  definitions.map((definition) => [definition.id, definition]),
);
