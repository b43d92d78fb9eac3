/** What `npm test` runs: `node test/lanes/main.ts [WORD …]`, words of the paths of the test files that are meant. */
import { constants } from 'node:os';
import { planLanes } from './plan.ts';
import { runLanes } from './run-lanes.ts';
import { describeFailures, describeTally } from './tally.ts';

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    process.exitCode = 128 + constants.signals[name];
    interrupt.abort(name);
  });

const only = process.argv.slice(2).filter((argument) => argument !== '--yes');
const write = (text: string): void => void process.stdout.write(text);
const colors = process.stdout.isTTY && process.env['NO_COLOR'] === undefined ? { FORCE_COLOR: '1' } : {};
const { tally, failed } = await runLanes(planLanes(only), {
  write,
  environment: { ...process.env, ...colors },
  signal: interrupt.signal,
  nowMs: () => performance.now(),
});
write('\n');
for (const { name } of failed) write(`FAILED: ${name}\n`);
for (const line of describeFailures(tally)) write(`  ${line}\n`);
if (failed.length > 0) process.exitCode ??= 1;
if (interrupt.signal.aborted) write(`interrupted by ${String(interrupt.signal.reason)}\n`);
write(`${describeTally(tally)}\n`);
