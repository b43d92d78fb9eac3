import type { CaptureFiles } from '../capture-store/capture-files.ts';
import type { HistoryReader } from '../history/history-reader.ts';
import type { CaptureHost } from '../kubernetes/resources/packet-capture-controller.ts';
import { createCloudEvent } from '../stream/cloud-event.ts';
import {
  type Capture,
  type CaptureRequest,
  captureRequestedType,
  captureType,
} from '../stream/events/capture.ts';
import type { Producer } from '../stream/port.ts';
import type { FlowFinder } from './recent-flows.ts';

export interface PacketCapturesOptions {
  readonly history: Pick<HistoryReader, 'getCapture' | 'listCaptures'>;
  readonly flows: Pick<FlowFinder, 'find'>;
  readonly files: Pick<CaptureFiles, 'remove'>;
  readonly producer: Producer;
  readonly maxBytes: number;
  readonly nowMs: () => number;
}

/** Captures that objects of a cluster ask for: the same events as those that people and rules ask for. */
export function createPacketCaptures(options: PacketCapturesOptions): CaptureHost {
  const { history, flows, files, producer, nowMs } = options;
  const tell = (id: string, type: string, data: CaptureRequest | Capture): Promise<void> =>
    producer.append('captures', [
      createCloudEvent({ id, source: '/kubernetes', type, timeMs: nowMs(), partitionkey: data.id, data }),
    ]);
  return {
    async order({ id, namespace, pod, workload, peer, port, ...order }) {
      const selector = await flows.find({ namespace, pod, workload, peer, service_port: port });
      if (selector === undefined)
        return `${pod ?? workload ?? ''} has not talked to ${peer} lately: it begins as soon as it does`;
      const request: CaptureRequest = {
        id,
        alert: null,
        requested_by: order.requested_by,
        requested_at_ms: nowMs(),
        node: selector.subject.node,
        selector,
        before_ms: order.before_seconds * 1_000,
        during_ms: order.seconds * 1_000,
        max_bytes: Math.min(order.max_bytes, options.maxBytes),
        cooldown_ms: 0,
      };
      // By the id of its object: asked twice, it is done once.
      await tell(`requested/${id}`, captureRequestedType, request);
      return undefined;
    },
    outcome(id) {
      const entry = history.getCapture(id);
      if (entry === undefined || entry.id !== id) return undefined;
      const { phase, request, capture, atMs } = entry;
      return {
        phase,
        reason: capture?.reason ?? null,
        node: capture?.node ?? request?.node ?? '',
        file: capture?.file ?? null,
        bytes: capture?.bytes ?? 0,
        packets: (capture?.packets_before ?? 0) + (capture?.packets_after ?? 0),
        endedAtMs: Math.max(atMs, capture?.last_packet_ms ?? 0),
      };
    },
    withFile: (prefix) =>
      history.listCaptures({ idPrefix: prefix, hasFile: true, limit: 1_000 }).map(({ id }) => id),
    async removeFile(id) {
      const capture = history.getCapture(id)?.capture;
      if (!capture || capture.file === null) return;
      const isRemoved = await files.remove(capture.file);
      const reason = isRemoved
        ? 'its PacketCapture was deleted'
        : 'its PacketCapture was deleted; the object store deletes the file by its own rules';
      await tell(`removed/${id}`, captureType, { ...capture, file: null, reason });
    },
  };
}
