import type { KafkaErrorCode } from '../kafka-error.ts';

/**
 * Protocol errors (https://kafka.apache.org/protocol#protocol_error_codes) by what a person can do about them. Those
 * that both client libraries call by their current name.
 */
export const codeByProtocolError: readonly (readonly [string, KafkaErrorCode])[] = [
  ['TOPIC_AUTHORIZATION_FAILED', 'KAFKA_NOT_ALLOWED'],
  ['GROUP_AUTHORIZATION_FAILED', 'KAFKA_NOT_ALLOWED'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'KAFKA_NOT_ALLOWED'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'KAFKA_NOT_ALLOWED'],
  ['POLICY_VIOLATION', 'KAFKA_NOT_ALLOWED'],
  ['SASL_AUTHENTICATION_FAILED', 'KAFKA_REFUSED_SIGN_IN'],
  ['UNSUPPORTED_SASL_MECHANISM', 'KAFKA_REFUSED_SIGN_IN'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'KAFKA_TOPIC_MISSING'],
  ['MESSAGE_TOO_LARGE', 'KAFKA_TOO_LARGE'],
  ['RECORD_LIST_TOO_LARGE', 'KAFKA_TOO_LARGE'],
  ['LEADER_NOT_AVAILABLE', 'KAFKA_UNREACHABLE'],
  ['PRODUCER_FENCED', 'KAFKA_FENCED'],
  ['INVALID_PRODUCER_EPOCH', 'KAFKA_FENCED'],
];
