import { createCloudEvent, type CloudEvent } from '../../cloud-event.ts';
import {
  type Capture,
  captureRequestedType,
  type CaptureRequest,
  captureType,
  captureWithoutPackets,
} from '../../events/capture.ts';
import { observationsType, type ObservationBatch } from '../../events/observation.ts';

const startMs = 1_760_000_000_000;

/** The nth batch of a node, of one row. */
export function createBatchEvent(node: string, n: number, retransmits = 1): CloudEvent {
  const data: ObservationBatch = {
    window: { start: new Date(startMs + n * 1000).toISOString(), ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { cluster: 'c1', node, namespace: 'shop', workload: 'deployment/checkout' },
    rows: [
      {
        signal: 'tcp.retransmits',
        role: 'client',
        service_port: 443,
        peer: { kind: 'external', name: '203.0.113.9', ip: '203.0.113.9' },
        fields: { data_segments: 100, retransmits },
      },
    ],
  };
  return createCloudEvent({
    id: `${node}/boot/${n}`,
    source: `/clusters/c1/nodes/${node}`,
    type: observationsType,
    timeMs: startMs + n * 1000,
    partitionkey: 'c1/shop/deployment/checkout',
    data,
  });
}

export function createRequest(id: string, node: string): CaptureRequest {
  const subject = { cluster: 'c1', node, namespace: 'shop', workload: 'deployment/checkout' };
  const peer = { kind: 'external' as const, name: 'api.example.com', ip: '203.0.113.9' };
  return {
    id,
    alert: null,
    requested_by: 'somebody',
    requested_at_ms: startMs,
    node,
    selector: { subject, peer, peer_ips: [peer.ip], role: 'client', service_port: 443 },
    before_ms: 1000,
    during_ms: 1000,
    max_bytes: 1e6,
    cooldown_ms: 0,
  };
}

export function createRequestEvent(id: string, node: string): CloudEvent {
  return createCloudEvent({
    id: `${id}/requested`,
    source: '/respond',
    type: captureRequestedType,
    timeMs: startMs,
    partitionkey: id,
    data: createRequest(id, node),
  });
}

/** What an agent tells of a finished capture. */
export function createCaptureEvent(id: string, node: string, file: Partial<Capture>): CloudEvent {
  const data: Capture = { ...captureWithoutPackets(createRequest(id, node), 'complete', null), ...file };
  return createCloudEvent({
    id: `${id}/complete`,
    source: `/nodes/${node}/captures`,
    type: captureType,
    timeMs: startMs,
    partitionkey: id,
    data,
  });
}
