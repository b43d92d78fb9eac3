/**
 * A process for the kill test: appends entries one after another, reports each as soon as it is durable, and
 * runs a chain of stages and the history over them, until it is killed or has appended `until`.
 */
import { createHistory } from '../../history/history.ts';
import { systemClock } from '../../stream/clock.ts';
import { createTallyStage } from '../../stream/conformance/tally-stage.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createExecutioner, type DieAt } from './die-at.ts';
import { createForwardStage } from './forward-stage.ts';
import { createTallyInput } from './tally-input.ts';

const { path, from, until, dieAt } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly path: string;
  readonly from: number;
  readonly until: number;
  readonly dieAt: DieAt | null;
};

const onPoint = createExecutioner(dieAt);
const log = openEmbeddedLog({ path, clock: systemClock, onPoint });
const history = createHistory({ database: log.database, clock: systemClock });
const host = createEmbeddedHost({
  log,
  stages: [createTallyStage(), createForwardStage(), history.stage],
  clock: systemClock,
  tickIntervalMs: 0,
  maxBatch: 3,
  onPoint,
  onFatal: (error) => {
    throw error;
  },
});
host.start();
for (let n = from; n < until; n += 1) {
  await log.append('signals', createTallyInput(n));
  process.stdout.write(`ack ${n + 1}\n`);
}
await host.idle();
await host.stop();
log.close();
