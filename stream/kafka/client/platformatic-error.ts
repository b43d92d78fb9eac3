import { KafkaError, type KafkaErrorCode } from '../kafka-error.ts';
import { errorChain } from './error-chain.ts';
import { codeByProtocolError } from './protocol-errors.ts';

const codeByApiId: ReadonlyMap<string, KafkaErrorCode> = new Map<string, KafkaErrorCode>([
  ...codeByProtocolError,
  // A broker that has just started.
  ['COORDINATOR_LOAD_IN_PROGRESS', 'KAFKA_UNREACHABLE'],
  ['COORDINATOR_NOT_AVAILABLE', 'KAFKA_UNREACHABLE'],
  ['NOT_COORDINATOR', 'KAFKA_UNREACHABLE'],
  ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_UNREACHABLE'],
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
