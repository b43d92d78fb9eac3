import ipaddr from 'ipaddr.js';
import type { z } from 'zod';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import {
  type Capture,
  captureRequestedType,
  type CaptureRequest,
  captureRequestSchema,
  captureSchema,
  captureWithoutPackets,
  captureType,
} from '../../stream/events/capture.ts';
import {
  PoisonError,
  type Producer,
  type Stage,
  type StateChange,
  type StreamRecord,
} from '../../stream/port.ts';
import type { FlightRecorder } from '../recorder/port.ts';

export interface CaptureStageOptions {
  readonly node: string;
  /** undefined: no flight recorder on this machine; every request is refused with `unavailable`. */
  readonly recorder: FlightRecorder | undefined;
  readonly unavailable: string;
  readonly producer: Producer;
  readonly nowMs: () => number;
  /** A phase could not be appended: the log is failing, which is for the application to decide on. */
  readonly onError: (error: unknown) => void;
}

const notOnLoopback = 'packets on loopback are not recorded';

/** Open requests are kept at most so many; the oldest is given up for a new one. */
const maxOpen = 1000;

/**
 * Carries out capture requests for this node. The state is the set of requests that have no final phase yet; work starts
 * in `committed`, when its request is durable. What is still open after a restart is told with what the recorder kept
 * of it on disk, or else as failed.
 */
export function createCaptureStage(options: CaptureStageOptions): Stage {
  const open = new Map<string, CaptureRequest>();
  const changed = new Map<string, Uint8Array | null>();
  let due: CaptureRequest[] = [];
  let interrupted: CaptureRequest[] = [];

  function put(id: string, request: CaptureRequest | null): void {
    if (request === null) open.delete(id);
    else open.set(id, request);
    changed.set(id, request === null ? null : Buffer.from(JSON.stringify(request)));
  }

  function process(record: StreamRecord): readonly [] {
    if (record.event.type === captureRequestedType) {
      const request = parseData(captureRequestSchema, record);
      if (request.node !== options.node || open.has(request.id)) return [];
      const oldest = open.size >= maxOpen ? open.keys().next().value : undefined;
      if (oldest !== undefined) put(oldest, null);
      put(request.id, request);
      due.push(request);
    } else if (record.event.type === captureType) {
      const capture = parseData(captureSchema, record);
      if (isFinal(capture) && open.has(capture.id)) put(capture.id, null);
    }
    return [];
  }

  function restore(entries: Iterable<readonly [string, Uint8Array]>): void {
    for (const [id, value] of entries)
      open.set(id, captureRequestSchema.parse(JSON.parse(Buffer.from(value).toString())));
    interrupted = [...open.values()];
  }

  function drainState(): Iterable<StateChange> {
    const changes = [...changed].map(([key, value]) => ({ key, value }));
    changed.clear();
    return changes;
  }

  function committed(): void {
    const failed = interrupted;
    interrupted = [];
    for (const request of failed) void endInterrupted(request);
    const requests = due;
    due = [];
    for (const request of requests) {
      const { recorder } = options;
      if (recorder === undefined) publish(captureWithoutPackets(request, 'refused', options.unavailable));
      else if (isLoopback(request)) publish(captureWithoutPackets(request, 'refused', notOnLoopback));
      else void recorder.capture(request, publish);
    }
  }

  async function endInterrupted(request: CaptureRequest): Promise<void> {
    const left = await options.recorder?.recovered?.(request);
    publish(left ?? captureWithoutPackets(request, 'failed', 'Saccade was restarted while this capture ran'));
  }

  function publish(capture: Capture): void {
    const event = createCloudEvent({
      id: `${capture.id}/${capture.phase}`,
      source: `/nodes/${options.node}/captures`,
      type: captureType,
      timeMs: options.nowMs(),
      partitionkey: capture.id,
      data: capture,
    });
    options.producer.append('captures', [event]).catch(options.onError);
  }

  return { name: 'capture', inputs: ['captures'], restore, process, drainState, committed };
}

function parseData<T>(schema: z.ZodType<T>, record: StreamRecord): T {
  const result = schema.safeParse(record.event.data);
  if (result.success) return result.data;
  throw new PoisonError(`${record.event.type}: ${result.error.message}`, { cause: result.error });
}

/** The recorder leaves loopback out: a capture would be empty, and look like proof that nothing was sent. */
function isLoopback({ selector }: CaptureRequest): boolean {
  const ips = selector.peer_ips.length > 0 ? selector.peer_ips : [selector.peer.ip];
  return ips.every((ip) => ipaddr.isValid(ip) && ipaddr.process(ip).range() === 'loopback');
}

function isFinal(capture: Capture): boolean {
  return capture.phase === 'complete' || capture.phase === 'failed' || capture.phase === 'refused';
}
