import { join } from 'node:path';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import { openEmbeddedLog } from '../stream/embedded/embedded-log.ts';
import { LogError } from '../stream/embedded/log-error.ts';
import { defaultLogLimits, type LogLimits } from '../stream/embedded/log-limits.ts';
import { systemClock } from '../stream/clock.ts';
import type { StreamMetrics } from '../stream/stream-metrics.ts';
import { validateEvent } from '../stream/validate-event.ts';
import type { Config } from './config/schema.ts';
import { makeFolder } from './make-folder.ts';
import { StartError } from './start-error.ts';

/** The one SQLite file of a data folder: log, offsets, state and history. */
export function databasePath(dataDirectory: string): string {
  return join(dataDirectory, 'saccade.db');
}

export function capturesDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'captures');
}

/** Makes the data folder (mode 0700) and opens its log for writing. Throws a `StartError` that says what to do. */
export function openLog(dataDirectory: string, config: Config, metrics: StreamMetrics): EmbeddedLog {
  return openLogWithin(dataDirectory, limitsOf(config), metrics);
}

/** The log of an agent over Kafka: what has been sent need not stay, what waits may fill `spoolBytes`. */
export function openSpool(dataDirectory: string, spoolBytes: number, metrics: StreamMetrics): EmbeddedLog {
  const signals = {
    maxBytes: Math.min(spoolBytes, spoolKeptBytes),
    maxAgeMs: hourMs,
    hardMaxBytes: spoolBytes,
  };
  const limits: LogLimits = {
    ...defaultLogLimits,
    topics: { ...defaultLogLimits.topics, signals },
    maxFileBytes: Math.max(2 * spoolBytes, defaultLogLimits.maxFileBytes / 16),
  };
  return openLogWithin(dataDirectory, limits, metrics);
}

/** Of what the broker has already: for a look at the last minutes. */
const spoolKeptBytes = 16 * 1024 * 1024;
const hourMs = 3_600_000;

function openLogWithin(dataDirectory: string, limits: LogLimits, metrics: StreamMetrics): EmbeddedLog {
  try {
    makeFolder(dataDirectory, 0o700);
  } catch (error) {
    throw new StartError(
      `cannot make the data folder ${dataDirectory}: ${(error as Error).message}`,
      'Choose another one with --data, or "data" in the configuration.',
      { cause: error },
    );
  }
  try {
    return openEmbeddedLog({
      path: databasePath(dataDirectory),
      clock: systemClock,
      limits,
      metrics,
      validate: validateEvent,
    });
  } catch (error) {
    if (error instanceof LogError)
      throw new StartError(`the data folder ${dataDirectory} cannot be used: ${error.message}`, '', {
        cause: error,
      });
    throw error;
  }
}

function limitsOf(config: Config): LogLimits {
  const { max_bytes: maxBytes, max_age: maxAgeMs } = config.stream;
  const signals = { maxBytes: maxBytes / 2, maxAgeMs, hardMaxBytes: maxBytes };
  return {
    ...defaultLogLimits,
    topics: { ...defaultLogLimits.topics, signals },
    // Above what the parts are allowed together, so that it is the last line and not the first.
    maxFileBytes: Math.max(2 * (maxBytes + config.history.max_bytes), defaultLogLimits.maxFileBytes / 4),
  };
}
