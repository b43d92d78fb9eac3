import { KafkaError, type KafkaErrorCode } from '../kafka-error.ts';
import { errorChain } from './error-chain.ts';

/** Protocol errors (https://kafka.apache.org/protocol#protocol_error_codes) by what a person can do about them. */
const codeByApiId: ReadonlyMap<string, KafkaErrorCode> = new Map<string, KafkaErrorCode>([
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
  // A broker that has just started.
  ['COORDINATOR_LOAD_IN_PROGRESS', 'KAFKA_UNREACHABLE'],
  ['COORDINATOR_NOT_AVAILABLE', 'KAFKA_UNREACHABLE'],
  ['NOT_COORDINATOR', 'KAFKA_UNREACHABLE'],
  ['LEADER_NOT_AVAILABLE', 'KAFKA_UNREACHABLE'],
  ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_UNREACHABLE'],
  ['PRODUCER_FENCED', 'KAFKA_FENCED'],
  ['INVALID_PRODUCER_EPOCH', 'KAFKA_FENCED'],
]);

const codeByCode: ReadonlyMap<string, KafkaErrorCode> = new Map<string, KafkaErrorCode>([
  ['PLT_KFK_AUTHENTICATION', 'KAFKA_REFUSED_SIGN_IN'],
  ['PLT_KFK_NETWORK', 'KAFKA_UNREACHABLE'],
  ['PLT_KFK_TIMEOUT', 'KAFKA_UNREACHABLE'],
]);

/** Classifies whatever @platformatic/kafka threw; total. What the broker said goes before how it came. */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const chain = [...errorChain(error)] as { readonly apiId?: string; readonly code?: string }[];
  const code =
    firstOf(chain.map(({ apiId }) => codeByApiId.get(apiId ?? ''))) ??
    firstOf(chain.map((one) => codeByCode.get(one.code ?? '')));
  return new KafkaError(code ?? 'KAFKA_INTERNAL', doing, error);
}

const firstOf = (codes: readonly (KafkaErrorCode | undefined)[]): KafkaErrorCode | undefined =>
  codes.find((code) => code !== undefined);
