import type { Logger } from 'pino';
import { z } from 'zod';
import { ConsoleError } from '../../console/console-error.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { IncomingMessage, KafkaAdmin, KafkaClient } from '../../stream/kafka/client/port.ts';
import { decodeEvent } from '../../stream/kafka/event-codec.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createKafkaProducer } from '../../stream/kafka/kafka-producer.ts';
import type { TopicPlan } from '../../stream/kafka/topic-plan.ts';
import { TopicTail } from '../../stream/kafka/topic-tail.ts';
import type { Producer, Topic } from '../../stream/port.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { silenceAddedType } from '../../stream/events/control.ts';
import { createControl } from '../control.ts';
import type { ConsoleView } from '../http/console-routes.ts';
import type { FlowFinder } from '../recent-flows.ts';
import type { FollowLog } from './live-changes.ts';
import type { RemoteSaccade } from './remote-saccade.ts';

export interface KafkaSaccadeOptions {
  readonly client: KafkaClient;
  readonly plan: TopicPlan;
  /** Of this process alone: its group, and the source of what people do by way of it. */
  readonly name: string;
  readonly node: string;
  readonly flows: FlowFinder;
  /** What is shown before the first word, and what a silence leaves of it. */
  readonly unknown: (reason: string) => ConsoleView;
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly metrics: KafkaMetrics;
}

/** The Saccade of a Kafka, as any number of consoles see it. */
export interface KafkaSaccade extends RemoteSaccade {
  readonly follow: FollowLog;
}

const followed: readonly Topic[] = ['alerts', 'captures', 'notifications'];
/** Who is in charge says so every ten seconds; a take-over takes a session timeout. */
const patienceMs = 45_000;

/** Follows what is told over Kafka; what people do are the events that it always is. */
export function createKafkaSaccade(options: KafkaSaccadeOptions): KafkaSaccade {
  const { client, plan, name, nowMs, unknown, logger, metrics } = options;
  const admin: KafkaAdmin = client.createAdmin();
  const sender = client.createSender();
  const listeners = new Set<(event: CloudEvent) => void>();
  let known: { readonly view: ConsoleView; readonly atMs: number } | undefined;

  const tail = new TopicTail({
    client,
    admin,
    group: `${plan.prefix}.console.${name}`,
    topics: { ...Object.fromEntries(followed.map((topic) => [plan.physical(topic), 0])), [plan.view]: 1 },
    logger,
    metrics,
    onMessage: (topic, message) => (topic === plan.view ? takeView(message) : tell(message)),
  });

  function tell(message: IncomingMessage): void {
    const decoded = decodeEvent(message);
    if (!decoded.ok || validateEvent(decoded.event) !== undefined) return;
    for (const listener of listeners) listener(decoded.event);
  }

  function takeView({ value, timestampMs }: IncomingMessage): void {
    const told = parseView(value);
    if (told === undefined) return logger.warn({}, 'console: the topic of views holds something else');
    const before = known?.view.silences;
    known = { view: told, atMs: timestampMs };
    // The event of a silence came before its place in the view: pages that asked then have to ask again.
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(known.view.silences))
      for (const listener of listeners) listener(silencesChanged);
  }

  function view(): ConsoleView {
    const failure = tail.failure();
    if (failure !== undefined) return lost(`Kafka is not read: ${failure}`);
    if (known === undefined) return lost('no notify process has told of itself yet');
    const silentMs = nowMs() - known.atMs;
    if (silentMs > patienceMs)
      return lost(`no notify process has told of itself for ${Math.round(silentMs / 1000)} s`);
    return known.view;
  }

  function lost(reason: string): ConsoleView {
    const { status, ...rest } = unknown(reason);
    return known === undefined
      ? { status, ...rest }
      : { ...known.view, status: { ...known.view.status, stages: status.stages } };
  }

  const control = createControl({
    node: options.node,
    producer: forPeople(createKafkaProducer({ sender, plan, validate: validateEvent, metrics })),
    notify: { silences: () => view().silences },
    flows: options.flows,
    status: () => view().status,
    nowMs,
    source: `/consoles/${name}`,
  });

  return {
    name: 'the Saccade of Kafka',
    view,
    control,
    follow(handler) {
      listeners.add(handler);
      return { stop: async () => void listeners.delete(handler) };
    },
    start: async () => tail.start(),
    async stop() {
      await tail.stop();
      await Promise.all([admin.close(), sender.close()]);
    },
  };
}

/** Only who is in charge may write it; its outline tells whether it was that, and of this version. */
const outlineSchema = z.looseObject({
  status: z.looseObject({ stages: z.array(z.unknown()) }),
  rules: z.array(z.unknown()),
  refused: z.array(z.string()),
  silences: z.array(z.unknown()),
});

function parseView(value: Uint8Array | null): ConsoleView | undefined {
  try {
    const view: unknown = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array()));
    return outlineSchema.safeParse(view).success ? (view as ConsoleView) : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

const silencesChanged = { type: silenceAddedType, data: {} } as CloudEvent;

/** A person waits: what cannot be told now is said to them. */
function forPeople(producer: Producer): Producer {
  return {
    async append(topic, events) {
      try {
        await producer.append(topic, events);
      } catch (error) {
        throw new ConsoleError(503, `Kafka does not take it: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}
