import type { KafkaAdmin } from '../../stream/kafka/client/port.ts';
import type { KafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { PatientSender } from '../../stream/kafka/patient-sender.ts';
import { createKafkaRecordSender } from '../../stream/kafka/record-sender.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { RecordSender } from '../../stream/uploader.ts';
import type { KafkaConnection } from './kafka-connection.ts';

/** What a process with a log of its own needs of Kafka beside its mirror: a sender that waits, and an admin. */
export interface KafkaUpstream {
  readonly sender: RecordSender;
  readonly admin: KafkaAdmin;
  close(): Promise<void>;
}

export interface KafkaUpstreamOptions {
  readonly kafka: KafkaConnection;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
}

export function createKafkaUpstream({ kafka, logger, metrics }: KafkaUpstreamOptions): KafkaUpstream {
  const sender = kafka.client.createSender();
  const admin = kafka.client.createAdmin();
  return {
    sender: createKafkaRecordSender(new PatientSender({ sender, logger, metrics }), kafka.plan),
    admin,
    async close() {
      await Promise.all([sender.close(), admin.close()]);
    },
  };
}
