import type { Topic } from '../port.ts';

export interface TopicLimits {
  /** Kept at most, as soon as every consumer has read it. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Kept at most even if a consumer is stuck: beyond it unread records go, the least valuable first. */
  readonly hardMaxBytes: number;
}

export interface LogLimits {
  readonly topics: Readonly<Record<Topic, TopicLimits>>;
  /** Of the whole file: log, state and history. */
  readonly maxFileBytes: number;
  /** Appended but not yet written; more is refused with LOG_OVERLOADED. */
  readonly maxPendingEvents: number;
}

const MiB = 1024 * 1024;
const hourMs = 3_600_000;

export const defaultLogLimits: LogLimits = {
  topics: {
    signals: { maxBytes: 512 * MiB, maxAgeMs: 24 * hourMs, hardMaxBytes: 1024 * MiB },
    alerts: { maxBytes: 128 * MiB, maxAgeMs: 24 * hourMs, hardMaxBytes: 256 * MiB },
    captures: { maxBytes: 32 * MiB, maxAgeMs: 7 * 24 * hourMs, hardMaxBytes: 64 * MiB },
    notifications: { maxBytes: 32 * MiB, maxAgeMs: 7 * 24 * hourMs, hardMaxBytes: 64 * MiB },
    dead: { maxBytes: 16 * MiB, maxAgeMs: 30 * 24 * hourMs, hardMaxBytes: 32 * MiB },
  },
  maxFileBytes: 4096 * MiB,
  maxPendingEvents: 100_000,
};
