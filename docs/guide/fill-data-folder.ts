import { join } from 'node:path';
import { databasePath } from '../../app/open-log.ts';
import { packageRoot } from '../../app/package-root.ts';
import { createJudgeStage } from '../../engine/judge.ts';
import { isSource } from '../../demo/recorded/source-records.ts';
import { createHistory } from '../../history/history.ts';
import { defaultHistoryLimits } from '../../history/retention.ts';
import { defaultNotifyConfig } from '../../notifiers/config/notify-config.ts';
import { createNotifyStage } from '../../notifiers/stage/notify-stage.ts';
import { compileRules } from '../../rules/compile.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { readRecording } from '../../stream/read-recording.ts';

const recording = join(packageRoot, 'demo/recordings/loss.ndjson.gz');

/** A data folder as it is left by a Saccade that watched what the shipped recording holds. */
export async function fillDataFolder(folder: string): Promise<void> {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  await using log = openEmbeddedLog({ path: databasePath(folder), clock });
  const history = createHistory({ database: log.database, clock, limits: defaultHistoryLimits });
  await using host = createEmbeddedHost({
    log,
    stages: [
      createJudgeStage({ compile: compileRules }),
      createNotifyStage({ config: defaultNotifyConfig }),
      history.stage,
    ],
    clock,
    tickIntervalMs: 0,
    onFatal: (error) => {
      throw error;
    },
  });
  host.start();
  for await (const record of (await readRecording(recording)).records) {
    if (!isSource(record)) continue;
    nowMs = record.appendedAtMs;
    await log.append(record.topic, [record.event]);
  }
  await host.idle();
}
