/**
 * A process for the kill test: signals in, judge, notify, the sender to a Slack of the parent's, and the history;
 * until it is killed, or has appended everything and sent all it has to say.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createJudgeStage } from '../../engine/judge.ts';
import { createHistory } from '../../history/history.ts';
import { systemClock } from '../../notifiers/clock.ts';
import { parseNotifyConfig } from '../../notifiers/config/notify-config.ts';
import { createNotifiers } from '../../notifiers/create-notifiers.ts';
import { createOutboxSender } from '../../notifiers/outbox/outbox-sender.ts';
import { defaultRetryPolicy } from '../../notifiers/outbox/retry.ts';
import { createNotifyStage } from '../../notifiers/stage/notify-stage.ts';
import { compileRules } from '../../rules/compile.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { createExecutioner, type DieAt } from './die-at.ts';
import { createPagerInput, pagerStepMs } from './pager-input.ts';

const { path, from, until, dieAt, startMs, notifications } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly path: string;
  readonly from: number;
  readonly until: number;
  readonly dieAt: DieAt | null;
  readonly startMs: number;
  /** The section of the configuration. */
  readonly notifications: string;
};

const fail = (error: Error): never => {
  throw error;
};
const parsed = parseNotifyConfig(notifications, 'kill.yaml');
const config = parsed.ok ? parsed.config : fail(new Error(JSON.stringify(parsed.faults)));

let step = from;
const clock = { nowMs: () => pagerStepMs(startMs, step) };
const onPoint = createExecutioner(dieAt);
const log = openEmbeddedLog({ path, clock, onPoint, validate: validateEvent });
const history = createHistory({ database: log.database, clock });
const notify = createNotifyStage({ config });
const stages = [createJudgeStage({ compile: compileRules }), notify, history.stage];
const host = createEmbeddedHost({ log, stages, clock, tickIntervalMs: 0, onPoint, onFatal: fail });
const context = { environment: process.env, nowMs: () => Date.now(), output: process.stderr };
const sender = createOutboxSender({
  stage: notify,
  producer: log,
  notifiers: createNotifiers(config, context),
  clock: systemClock,
  random: () => 0.5,
  policy: { ...defaultRetryPolicy, firstMs: 10, maxMs: 50, askAfterMs: [5, 20, 50] },
});

host.start();
await sender.start();
for (; step < until; step += 1) {
  const input = createPagerInput(startMs, step);
  await Promise.all(input.map(({ topic, event }) => log.append(topic, [event])));
  process.stdout.write(`ack ${step + 1}\n`);
  // A little time for the sender, or the story would be over before the first request.
  await sleep(1);
}
do await host.idle();
while ([...notify.outbox.jobs()].length > 0 && (await sleep(5, true)));
await sender.stop();
await host.stop();
log.close();
