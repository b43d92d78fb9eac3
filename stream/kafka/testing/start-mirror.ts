import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { openEmbeddedLog } from '../../embedded/embedded-log.ts';
import { silentLogger } from '../../stream-logger.ts';
import { noKafkaMetrics } from '../kafka-metrics.ts';
import { createMirror, type Mirror, type MirrorOptions } from '../mirror.ts';

export interface StartedMirror {
  readonly mirror: Mirror;
  /** Ids of the events in the log, in its order. */
  readonly stored: () => readonly string[];
}

/** A mirror of everything into a log of its own, until the test is over. */
export function startMirror(
  options: Pick<MirrorOptions, 'client' | 'admin' | 'plan' | 'topics' | 'clock'>,
): StartedMirror {
  const directory = mkdtempSync(join(tmpdir(), 'saccade-mirror-'));
  const log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: options.clock });
  const mirror = createMirror({
    ...options,
    group: `${options.plan.prefix}.notify`,
    log,
    accepts: () => true,
    firstFrom: 'beginning',
    validate: () => undefined,
    logger: silentLogger,
    metrics: noKafkaMetrics,
    onFatal: (error) => expect.unreachable(error.message),
    onTakenOver: () => expect.unreachable('taken over'),
  });
  onTestFinished(async () => {
    await mirror.stop();
    log.close();
    rmSync(directory, { recursive: true });
  });
  mirror.start();
  const stored = (): readonly string[] => {
    const rows = log.database.prepare('SELECT event_id AS id FROM records ORDER BY offset').all();
    return rows.map(({ id }) => String(id));
  };
  return { mirror, stored };
}
