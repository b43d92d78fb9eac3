import type { RecordSender } from '../uploader.ts';
import { toMessages } from './output-messages.ts';
import type { PatientSender } from './patient-sender.ts';
import type { TopicPlan } from './topic-plan.ts';

/** Each record to the place of its topic. */
export function createKafkaRecordSender(sender: PatientSender, plan: TopicPlan): RecordSender {
  return { send: (records, signal) => sender.send(toMessages(plan, records), signal) };
}
