import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { createEntry } from '../../stream/conformance/tally-stage.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];
const startMs = 1_750_000_000_000;

/** The nth input: an entry for the tally, and an observation for the history, in one append. */
export function createTallyInput(n: number): readonly CloudEvent[] {
  return [createEntry(`e${n}`, keys[n % keys.length] ?? 'a'), createObservation(n)];
}

function createObservation(n: number): CloudEvent {
  const data: ObservationBatch = {
    window: { start: new Date(startMs + n * 100).toISOString(), ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { cluster: 'c', node: 'n', namespace: 'kill', workload: 'netns/kill' },
    rows: [
      {
        signal: 'tcp.retransmits',
        role: 'client',
        service_port: 443,
        peer: { kind: 'external', name: 'peer', ip: '203.0.113.9' },
        fields: { retransmits: 1 },
      },
    ],
  };
  return createCloudEvent({
    id: `o${n}`,
    source: '/kill/agent',
    type: observationsType,
    timeMs: startMs + n * 100,
    partitionkey: 'kill',
    data,
  });
}
