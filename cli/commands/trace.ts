import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import {
  durationArgument,
  namespaceOption,
  type OutputFlags,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import { formatTime, type Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';
import { byTrouble, renderEdges } from './traffic-rows.ts';

interface TraceFlags extends SourceFlags, OutputFlags {
  readonly namespace?: string;
  readonly every: number;
  readonly for: number;
}

/** What a workload does, as it happens: its peers every few seconds, and its alerts as they come. */
export function addTraceCommand(program: Command, terminal: Terminal): void {
  withSourceOptions(
    program
      .command('trace')
      .description('what a workload does, as it happens: its peers, and its alerts')
      .argument('<workload>', 'e.g. deployment/checkout, or checkout')
      .addOption(namespaceOption())
      .addOption(durationOption('--every <duration>', 'how often to look', '5s'))
      .addOption(durationOption('--for <duration>', 'how long', '10m')),
  ).action(async (workload: string, flags: TraceFlags) => {
    await using source = openSource(flags);
    const untilMs = Date.now() + flags.for;
    for (const told = new Map<string, string>(); ; await sleep(flags.every)) {
      await look(source, workload, flags, told, terminal);
      if (Date.now() + flags.every > untilMs) return;
    }
  });
}

const durationOption = (flags: string, description: string, standard: string) =>
  new Option(flags, description).argParser(durationArgument).default(durationArgument(standard), standard);

/** `told`: alerts by the state that was shown last. */
async function look(
  source: Source,
  workload: string,
  flags: TraceFlags,
  told: Map<string, string>,
  terminal: Terminal,
): Promise<void> {
  const nowMs = Date.now();
  const isMeant = (one: { readonly namespace: string; readonly workload: string }): boolean =>
    (one.workload === workload || one.workload.endsWith(`/${workload}`)) &&
    (flags.namespace === undefined || one.namespace === flags.namespace);
  // Windows of a second are written down when they are over.
  const { edges } = await source.trafficMap({ sinceMs: nowMs - flags.every - 2_000, untilMs: nowMs });
  const alerts = await source.listAlerts({ state: 'open', limit: 200 });
  const shown = edges.filter(isMeant).toSorted(byTrouble);
  const news = alerts.filter(({ id, state, last }) => isMeant(last.subject) && told.get(id) !== state);
  for (const { id, state } of news) told.set(id, state);
  if (flags.output === 'json') {
    terminal.out(JSON.stringify({ at_ms: nowMs, edges: shown, alerts: news }));
    return;
  }
  terminal.out(`${formatTime(nowMs)}  ${shown.length === 0 ? 'quiet' : ''}`.trimEnd());
  if (shown.length > 0) terminal.out(renderEdges(shown, flags.every + 2_000));
  for (const { id, state, last } of news)
    terminal.out(`${id} ${state}: ${last.annotations['summary'] ?? last.alert}`);
}
