import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { databasePath } from '../../app/open-log.ts';
import { packageRoot } from '../../app/package-root.ts';
import { historyMigrations } from '../../history/history-schema.ts';
import { systemClock } from '../../stream/clock.ts';
import { openDatabase } from '../../stream/embedded/database.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { migrate } from '../../stream/embedded/migrate.ts';
import { writeAlerts } from '../history/alert-load.ts';

const readyWithinMs = 120_000;

/** A data folder whose history holds `alerts` of the year before now. */
export async function fillDataFolder(folder: string, alerts: number): Promise<void> {
  const path = databasePath(folder);
  await openEmbeddedLog({ path, clock: systemClock })[Symbol.asyncDispose]();
  const database = openDatabase({ path, maxFileBytes: 64e9 });
  migrate(database, 'history', historyMigrations);
  writeAlerts(database, alerts, Date.now());
  database.close();
}

export interface ConsoleUnderTest extends AsyncDisposable {
  readonly url: string;
}

/** `saccade console` as its users start it, on ports of its own. */
export async function startConsole(folder: string): Promise<ConsoleUnderTest> {
  const config = join(folder, 'saccade.yaml');
  await writeFile(config, 'listen: 127.0.0.1:0\nconsole: { listen: "127.0.0.1:0" }\n');
  const args = [join(packageRoot, 'cli/main.ts'), 'console', '--config', config, '--data', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
  for await (const line of createInterface(child.stdout)) {
    const url = /^console\s+(http:\/\/\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    clearTimeout(timer);
    child.stdout.resume();
    return {
      url,
      async [Symbol.asyncDispose]() {
        const ended = child.exitCode === null ? once(child, 'exit') : undefined;
        child.kill('SIGINT');
        await ended;
      },
    };
  }
  throw new Error('the console ended at its start, or was not ready within two minutes');
}
