import { type Command, Option } from 'commander';
import {
  destinationStates,
  type DestinationEntry,
  type DestinationState,
} from '../../history/destination-queries.ts';
import {
  countArgument,
  durationArgument,
  type OutputFlags,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import { formatBytes } from '../../source-text/figures.ts';
import { formatTable, formatTime, type Terminal } from '../output.ts';
import { destinationText } from '../../stream/events/service-text.ts';
import { openSource } from '../source/open-source.ts';

interface ListFlags extends SourceFlags, OutputFlags {
  readonly workload?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly state?: DestinationState;
  readonly since?: number;
  readonly limit: number;
}

export function addDestinationsCommand(program: Command, terminal: Terminal): void {
  const destinations = program.command('destinations').description('where workloads connect to outside');
  withSourceOptions(
    destinations
      .command('list')
      .description('the access list of the machine, by workload and name')
      .option('--workload <workload>', 'e.g. netns/checkout')
      .option('--namespace <namespace>', 'only of this namespace')
      .option('--name <text>', 'names that contain this')
      .addOption(new Option('--state <state>', 'only these').choices(destinationStates))
      .option('--since <duration>', 'contacted at most so long ago', durationArgument)
      .option('--limit <n>', 'at most so many', countArgument(10_000), 1_000),
  ).action(async (flags: ListFlags) => {
    await using source = openSource(flags);
    const { since, limit, output, ...rest } = flags;
    const entries = await source.listDestinations({
      limit,
      ...filterOf(rest),
      ...(since !== undefined && { sinceMs: Date.now() - since }),
    });
    terminal.out(output === 'json' ? JSON.stringify(entries) : renderDestinations(entries));
  });
}

function filterOf({ workload, namespace, name, state }: Omit<ListFlags, 'since' | 'limit' | 'output'>) {
  return {
    ...(workload !== undefined && { workload }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(state !== undefined && { state }),
  };
}

function renderDestinations(entries: readonly DestinationEntry[]): string {
  if (entries.length === 0) return 'no destinations';
  const rows = entries.map((entry) => [
    `${entry.namespace}/${entry.workload}`,
    destinationText(entry.name, entry.servicePort, entry.protocol),
    entry.state,
    formatTime(entry.firstMs),
    formatTime(entry.lastMs),
    String(entry.contacts),
    formatBytes(entry.bytesSent),
    formatBytes(entry.bytesReceived),
    entry.host,
  ]);
  const header = ['WORKLOAD', 'DESTINATION', 'STATE', 'FIRST', 'LAST', 'CONTACTS', 'SENT', 'RECEIVED', 'AS'];
  return formatTable(header, rows);
}
