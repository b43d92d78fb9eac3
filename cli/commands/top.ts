import { type Command, Option } from 'commander';
import {
  countArgument,
  durationArgument,
  namespaceOption,
  type OutputFlags,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import { byTrouble, renderEdges } from './traffic-rows.ts';

interface TopFlags extends SourceFlags, OutputFlags {
  readonly namespace?: string;
  readonly since: number;
  readonly limit: number;
}

/** Who talks to whom and how it goes, worst first. */
export function addTopCommand(program: Command, terminal: Terminal): void {
  withSourceOptions(
    program
      .command('top')
      .description('who talks to whom, and how it goes: the worst first, then the busiest')
      .addOption(namespaceOption())
      .addOption(
        new Option('--since <duration>', 'over so long').argParser(durationArgument).default(60_000, '1m'),
      )
      .option('--limit <n>', 'at most so many', countArgument(2_000), 20),
  ).action(async (flags: TopFlags) => {
    await using source = openSource(flags);
    const untilMs = Date.now();
    const { edges } = await source.trafficMap({ sinceMs: untilMs - flags.since, untilMs });
    const shown = edges
      .filter(({ namespace }) => flags.namespace === undefined || namespace === flags.namespace)
      .toSorted(byTrouble)
      .slice(0, flags.limit);
    if (flags.output === 'json') terminal.out(JSON.stringify(shown));
    else terminal.out(shown.length === 0 ? 'nobody talks' : renderEdges(shown, flags.since));
  });
}
