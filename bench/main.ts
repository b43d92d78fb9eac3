import { Command } from 'commander';
import { processTerminal } from '../cli/output.ts';
import { benchmarks } from './benchmarks.ts';
import { fillIn } from './fill-in.ts';
import { renderResult } from './report.ts';

interface BenchFlags {
  readonly json?: true;
  readonly quick?: true;
  readonly into?: string;
}

const names = benchmarks.map((benchmark) => `  ${benchmark.name.padEnd(14)} ${benchmark.description}`);

/** Time for what runs to take itself down; afterwards the handlers of the exit end brokers and labs. */
const graceMs = 10_000;

await new Command('bench')
  .description(`Measures, each time beside a peer or a limit.\n\n${names.join('\n')}`)
  .argument('<name>', 'which')
  .option('--json', 'one line of JSON')
  .option('--quick', 'fewer repetitions, for a first look')
  .option('--into <file>', 'also into the place of a Markdown file that is kept for it')
  .option('--yes', 'do not ask before installing what is missing')
  .action(async (name: string, options: BenchFlags, command: Command) => {
    const benchmark = benchmarks.find((candidate) => candidate.name === name);
    if (benchmark === undefined) command.error(`there is no benchmark "${name}":\n${names.join('\n')}`);
    const abort = abortOnSignals();
    const result = await benchmark.run({
      quick: options.quick === true,
      progress: (line) => processTerminal.err(line),
      signal: abort.signal,
    });
    if (options.into !== undefined) await fillIn(options.into, result);
    processTerminal.out(options.json === true ? JSON.stringify(result) : renderResult(result));
  })
  .parseAsync();

function abortOnSignals(): AbortController {
  const abort = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      abort.abort();
      setTimeout(() => process.exit(1), graceMs).unref();
    });
  return abort;
}
