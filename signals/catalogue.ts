import { apiServerLatency } from './apiserver-latency.ts';
import type { SignalDefinition } from './define-signal.ts';
import { tcpRetransmits } from './tcp-retransmits.ts';

const definitions: readonly SignalDefinition[] = [tcpRetransmits, apiServerLatency];

/** Every signal that Saccade knows, by id. */
export const signalCatalogue: ReadonlyMap<string, SignalDefinition> = new Map(
  definitions.map((definition) => [definition.id, definition]),
);
