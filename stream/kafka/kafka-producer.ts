import type { CloudEvent } from '../cloud-event.ts';
import type { Producer, Topic } from '../port.ts';
import { noMetrics, type StreamMetrics } from '../stream-metrics.ts';
import type { EventValidator } from '../validate-event.ts';
import type { KafkaSender } from './client/port.ts';
import { passKafkaPoint, type OnKafkaPoint } from './fault-points.ts';
import { KafkaError } from './kafka-error.ts';
import { toMessages } from './output-messages.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface KafkaProducerOptions {
  readonly sender: KafkaSender;
  readonly plan: TopicPlan;
  /** Refused before it is sent; readers check again, because others may write to the topics too. */
  readonly validate?: EventValidator;
  readonly metrics?: StreamMetrics;
  readonly onPoint?: OnKafkaPoint;
}

/** Resolved: all in-sync replicas have the events. Rejects with a KafkaError; trying again later is harmless. */
export function createKafkaProducer(options: KafkaProducerOptions): Producer {
  const { sender, plan, validate, metrics = noMetrics, onPoint = passKafkaPoint } = options;
  return {
    async append(topic: Topic, events: readonly CloudEvent[]): Promise<void> {
      for (const event of events) {
        const fault = validate?.(event);
        if (fault !== undefined)
          throw new KafkaError('KAFKA_INTERNAL', `appending to ${topic}: ${event.id} is not valid: ${fault}`);
      }
      onPoint('append:begin');
      await sender.send(
        toMessages(
          plan,
          events.map((event) => ({ topic, event })),
        ),
      );
      metrics.appended(topic, events.length);
      onPoint('append:sent');
    },
  };
}
