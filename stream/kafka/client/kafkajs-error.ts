import { KafkaError, type KafkaErrorCode } from '../kafka-error.ts';
import { errorChain } from './error-chain.ts';
import { codeByProtocolError } from './protocol-errors.ts';

const codeByType: ReadonlyMap<string, KafkaErrorCode> = new Map<string, KafkaErrorCode>([
  ...codeByProtocolError,
  // A broker that has just started.
  ['GROUP_LOAD_IN_PROGRESS', 'KAFKA_UNREACHABLE'],
  ['GROUP_COORDINATOR_NOT_AVAILABLE', 'KAFKA_UNREACHABLE'],
  ['NOT_COORDINATOR_FOR_GROUP', 'KAFKA_UNREACHABLE'],
  ['NOT_LEADER_FOR_PARTITION', 'KAFKA_UNREACHABLE'],
]);

const codeByName: ReadonlyMap<string, KafkaErrorCode> = new Map<string, KafkaErrorCode>([
  ['KafkaJSSASLAuthenticationError', 'KAFKA_REFUSED_SIGN_IN'],
  ['KafkaJSConnectionError', 'KAFKA_UNREACHABLE'],
  ['KafkaJSConnectionClosedError', 'KAFKA_UNREACHABLE'],
  ['KafkaJSRequestTimeoutError', 'KAFKA_UNREACHABLE'],
  ['KafkaJSNoBrokerAvailableError', 'KAFKA_UNREACHABLE'],
  ['KafkaJSGroupCoordinatorNotFound', 'KAFKA_UNREACHABLE'],
  ['KafkaJSBrokerNotFound', 'KAFKA_UNREACHABLE'],
]);

/** Classifies whatever kafkajs threw; total. `doing` says what was tried, with the topic or group. */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  if (error instanceof KafkaError) return error;
  for (const { name, type } of errorChain(error) as Iterable<{
    readonly name?: string;
    readonly type?: string;
  }>) {
    const code = codeByType.get(type ?? '') ?? codeByName.get(name ?? '');
    if (code !== undefined) return new KafkaError(code, doing, error);
  }
  return new KafkaError('KAFKA_INTERNAL', doing, error);
}
