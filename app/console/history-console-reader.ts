import type { Logger } from 'pino';
import type { ConsoleReader } from '../../console/reader/console-reader.ts';
import { createFallbackReader } from '../../console/reader/fallback-reader.ts';
import { createPostgresConsoleReader } from '../../console/reader/postgres-reader.ts';
import { createThreadReader } from '../../console/reader/thread-reader.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { databasePath } from '../open-log.ts';
import { postgresUrl } from '../open-postgres.ts';

/**
 * Over Kafka, with `history.postgres`, the history is there: what this process has of it on its disk may begin with its
 * own start, and is asked only while the database is away. In one process it is a copy, and the disk has it all.
 */
export function createHistoryConsoleReader(loaded: LoadedConfig, logger: Logger): ConsoleReader {
  const second = createThreadReader({ path: databasePath(loaded.dataDirectory) });
  const url = loaded.config.kafka && postgresUrl(loaded);
  if (url === undefined) return second;
  return createFallbackReader({
    first: createPostgresConsoleReader({ url }),
    second,
    nowMs: () => Date.now(),
    onFallback: (error) =>
      logger.warn({ err: error }, 'console: PostgreSQL is away; pages show what this process has itself'),
  });
}
