import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Registry } from 'prom-client';
import { loadConfig, type LoadedConfig } from '../../app/config/load-config.ts';
import { createLifecycle } from '../../app/lifecycle.ts';
import { createPostgresRecord } from '../../app/record-postgres.ts';
import { findPostgres, startPostgres } from '../../history/testing/postgres-server.ts';
import { systemClock } from '../../stream/clock.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { runCommand } from '../../test/lab/run-command.ts';

export interface PostgresHistory {
  readonly rows: number;
  readonly rowsPerSecond: number;
  /** Table and index. */
  readonly bytesPerRow: number;
}

const stopTimeoutMs = 15_000;

/**
 * The log of a stopped `saccade notify`, copied into a real PostgreSQL for so long by what copies it in earnest.
 * undefined: there is none here.
 */
export async function measurePostgres(
  database: string,
  seconds: number,
): Promise<PostgresHistory | undefined> {
  if (findPostgres() === undefined) return undefined;
  await using server = await startPostgres();
  const loaded = await configure(dirname(database), server.url);
  const tookSeconds = await copyFor(database, loaded, seconds);
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ rows: string; bytes: string }>(
      `SELECT COUNT(*) AS rows, pg_total_relation_size('observations_1s') AS bytes FROM observations_1s`,
    );
    const count = Number(rows[0]?.rows ?? 0);
    const bytesPerRow = Number(rows[0]?.bytes ?? 0) / count;
    return { rows: count, rowsPerSecond: count / tookSeconds, bytesPerRow };
  } finally {
    await client.end();
  }
}

async function configure(directory: string, url: string): Promise<LoadedConfig> {
  const [config, urlFile] = [join(directory, 'postgres.yaml'), join(directory, 'postgres.url')];
  await writeFile(urlFile, url);
  await writeFile(config, `history: { postgres: { url_file: ${urlFile} } }\n`);
  const main = programPath(import.meta.url, '../../cli/main');
  await runCommand(process.execPath, [main, 'migrate', '--config', config]);
  return loadConfig({ config });
}

/** Seconds until it was done or the time was up. */
async function copyFor(path: string, loaded: LoadedConfig, seconds: number): Promise<number> {
  const log = openEmbeddedLog({ path, clock: systemClock });
  const registry = new Registry();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const recorder = createLifecycle(
    createPostgresRecord({ loaded, log, registry, logger: silentLogger, onFatal: failed.reject }),
    { stopTimeoutMs },
  );
  const lag = async (): Promise<number> =>
    (await registry.getSingleMetric('saccade_history_postgres_lag_records')?.get())?.values[0]?.value ?? 0;
  const startedAt = performance.now();
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  try {
    await recorder.start();
    do await Promise.race([sleep(100), failed.promise]);
    while (elapsed() < seconds && (await lag()) > 0);
    return elapsed();
  } finally {
    await recorder.stop();
    log.close();
  }
}
