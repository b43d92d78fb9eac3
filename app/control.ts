import { randomUUID } from 'node:crypto';
import type { NotifyStage } from '../notifiers/stage/notify-stage.ts';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { captureRequestedType, type CaptureRequest } from '../stream/events/capture.ts';
import {
  acknowledgedType,
  type Audit,
  auditType,
  baselineAcceptedType,
  type Silence,
  silenceAddedType,
  silenceExpiredType,
  type Verdict,
  verdictGivenType,
} from '../stream/events/control.ts';
import type { Transition } from '../stream/events/transition.ts';
import type { Producer, Topic } from '../stream/port.ts';
import {
  type AddSilence,
  ControlError,
  type ControlHandlers,
  type StartCapture,
} from './http/control-server.ts';
import type { FlowFinder } from './recent-flows.ts';
import { replayDeadLetter } from './replay-dead-letter.ts';

export interface ControlOptions {
  readonly node: string;
  readonly producer: Producer;
  readonly notify: Pick<NotifyStage, 'silences'>;
  readonly flows: FlowFinder;
  readonly status: () => object;
  readonly nowMs: () => number;
  /** Of its events; who else writes to the stream tells by it whose they are. */
  readonly source?: string;
}

/** What only the web console asks. */
export interface ConsoleControl {
  giveVerdict(
    alert: { readonly fingerprint: string; readonly episode: number },
    verdict: Verdict | null,
    by: string,
  ): Promise<void>;
  /** What this alert's key does now is normal. */
  acceptAsNormal(transition: Transition, by: string): Promise<void>;
  audit(entry: Audit): Promise<void>;
}

/** What people ask of a running Saccade becomes control events in the stream, in the order of everything else. */
export function createControl(options: ControlOptions): ControlHandlers & ConsoleControl {
  const { producer, nowMs, source = '/control' } = options;

  async function tell(topic: Topic, type: string, partitionkey: string, data: unknown): Promise<void> {
    const event = createCloudEvent({
      id: randomUUID(),
      source,
      type,
      timeMs: nowMs(),
      partitionkey,
      data,
    });
    await producer.append(topic, [event]);
  }

  return {
    listSilences: () => options.notify.silences(),
    async addSilence(request) {
      const silence = newSilence(request, nowMs());
      await tell('alerts', silenceAddedType, silence.id, silence);
      return silence;
    },
    async expireSilence(id, by) {
      const silence = options.notify.silences().find((one) => one.id === id || one.id.startsWith(id));
      if (silence === undefined) throw new ControlError(404, `there is no silence ${id}`);
      await tell('alerts', silenceExpiredType, silence.id, { id: silence.id, by });
    },
    acknowledge: (request) => tell('alerts', acknowledgedType, request.fingerprint, request),
    async startCapture(request) {
      const capture = await newCapture(request, options);
      await tell('captures', captureRequestedType, capture.id, capture);
      return { id: capture.id };
    },
    giveVerdict: ({ fingerprint, episode }, verdict, by) =>
      tell('alerts', verdictGivenType, fingerprint, { fingerprint, episode, verdict, by }),
    // On the key's own partition, where its observations are.
    acceptAsNormal: ({ fingerprint, subject: { cluster, namespace, workload } }, by) =>
      tell('signals', baselineAcceptedType, `${cluster}/${namespace}/${workload}`, { fingerprint, by }),
    audit: (entry) => tell('alerts', auditType, entry.by, entry),
    replayDead: (request) => replayDeadLetter(request, producer),
    status: options.status,
  };
}

function newSilence(request: AddSilence, nowMs: number): Silence {
  return {
    id: randomUUID(),
    matchers: request.matchers,
    starts_at: new Date(nowMs).toISOString(),
    ends_at: new Date(nowMs + request.duration_ms).toISOString(),
    created_by: request.created_by,
    comment: request.comment,
  };
}

async function newCapture(request: StartCapture, { flows, nowMs }: ControlOptions): Promise<CaptureRequest> {
  const selector = await flows.find(request);
  if (selector === undefined) {
    const known = flows.known(20, request).map((flow) => `\n  ${flow}`);
    const hint = known.length === 0 ? ' (nothing has been seen yet)' : `. Seen lately:${known.join('')}`;
    throw new ControlError(404, `${request.workload} has not talked to ${request.peer} lately${hint}`);
  }
  const { before_ms, during_ms, max_bytes, requested_by } = request;
  return {
    id: `manual-${randomUUID().slice(0, 8)}`,
    alert: null,
    requested_by,
    requested_at_ms: nowMs(),
    // Over Kafka the flow may be another node's.
    node: selector.subject.node,
    selector,
    before_ms,
    during_ms,
    max_bytes,
    // A person who asks twice means it.
    cooldown_ms: 0,
  };
}
