/** Bounded: a metric label. */
export const kafkaErrorCodes = [
  'KAFKA_UNREACHABLE',
  'KAFKA_REFUSED_SIGN_IN',
  'KAFKA_NOT_ALLOWED',
  'KAFKA_TOPIC_MISSING',
  'KAFKA_TOPIC_DIFFERS',
  'KAFKA_TOO_LARGE',
  'KAFKA_FENCED',
  'KAFKA_CLOSED',
  'KAFKA_INTERNAL',
] as const;
export type KafkaErrorCode = (typeof kafkaErrorCodes)[number];

const remedies: Readonly<Record<KafkaErrorCode, string>> = {
  KAFKA_UNREACHABLE:
    'Check kafka.brokers, kafka.tls and the way there; it is tried again until a broker answers.',
  KAFKA_REFUSED_SIGN_IN:
    'Check kafka.sasl: mechanism, user and password, and that the broker offers the mechanism.',
  KAFKA_NOT_ALLOWED:
    'Grant this user the right named above (docs/kafka.md lists the rights of every process).',
  KAFKA_TOPIC_MISSING: 'Create it, or let a process with the right to create topics start first.',
  KAFKA_TOPIC_DIFFERS: 'Change the topic or the configuration, or choose another kafka.prefix.',
  KAFKA_TOO_LARGE: "Raise the topic's max.message.bytes.",
  KAFKA_FENCED: 'Another process has taken over this partition; nothing to do.',
  KAFKA_CLOSED: 'The connection was closed by Saccade itself.',
  KAFKA_INTERNAL: 'It is tried again; if it stays, please report it with the log.',
};

const finalCodes: ReadonlySet<KafkaErrorCode> = new Set([
  'KAFKA_REFUSED_SIGN_IN',
  'KAFKA_NOT_ALLOWED',
  'KAFKA_TOPIC_DIFFERS',
  'KAFKA_TOO_LARGE',
  'KAFKA_FENCED',
  'KAFKA_CLOSED',
]);

export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: KafkaErrorCode;
  /** The same call may succeed later without anything being changed here. */
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(code: KafkaErrorCode, doing: string, cause?: unknown) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    super(`${doing}${why}. ${remedies[code]}`, { cause });
    this.code = code;
    this.retryable = !finalCodes.has(code);
    this.remedy = remedies[code];
  }
}
