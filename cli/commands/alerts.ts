import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { StartError } from '../../app/start-error.ts';
import { createAlertsReport, renderAlertsReport } from '../alerts-report.ts';
import { openAnyHistory } from '../history.ts';
import { addListCommand } from '../list-command.ts';
import {
  configOption,
  countArgument,
  type DataFlags,
  dataOption,
  durationArgument,
  namespaceOption,
  type OutputFlags,
  outputOption,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import { printable, type Terminal } from '../output.ts';
import { renderAlert, renderAlertList } from '../render-alerts.ts';
import { openSource } from '../source/open-source.ts';

const states = ['open', 'pending', 'firing', 'resolved', 'expired', 'cancelled', 'all'] as const;

interface ListFlags extends SourceFlags, OutputFlags {
  readonly state?: (typeof states)[number];
  readonly since?: number;
  readonly namespace?: string;
  readonly workload?: string;
  readonly rule?: string;
  readonly limit: number;
}

interface AckFlags extends SourceFlags, OutputFlags {
  readonly author: string;
}

export function addAlertsCommand(program: Command, terminal: Terminal): void {
  const alerts = program.command('alerts').description('alerts, now and in the past');
  withSourceOptions(
    addListCommand(alerts)
      .description('newest first')
      .addOption(new Option('--state <state>', 'only these').choices(states))
      .option('--since <duration>', 'started at most so long ago', durationArgument)
      .addOption(namespaceOption())
      .option('--workload <workload>', 'e.g. netns/checkout')
      .option('--rule <id>', 'only of this rule')
      .option('--limit <n>', 'at most so many', countArgument(1000), 50),
  ).action(async (flags: ListFlags) => {
    await using source = openSource(flags);
    const entries = await source.listAlerts({
      limit: flags.limit,
      ...(flags.state !== undefined && { state: flags.state }),
      ...(flags.since !== undefined && { sinceMs: Date.now() - flags.since }),
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
      ...(flags.workload !== undefined && { workload: flags.workload }),
      ...(flags.rule !== undefined && { ruleId: flags.rule }),
    });
    terminal.out(flags.output === 'json' ? JSON.stringify(entries) : renderAlertList(entries, Date.now()));
  });
  withSourceOptions(
    alerts
      .command('show')
      .description('one alert with its figures, evidence, notifications and captures')
      .argument('<alert>', 'its id, or the beginning of it'),
  ).action(async (reference: string, flags: SourceFlags & OutputFlags) => {
    await using source = openSource(flags);
    const detail = await source.getAlert(reference);
    terminal.out(flags.output === 'json' ? JSON.stringify(detail) : renderAlert(detail));
  });
  addReportCommand(alerts, terminal);
  withSourceOptions(
    alerts
      .command('ack')
      .description('somebody is on it: says so in its message, and it is not repeated')
      .argument('<alert>', 'its id, or the beginning of it')
      .option('--author <name>', 'who; with --server it is who the token names', userInfo().username),
  ).action((reference: string, flags: AckFlags) => acknowledge(reference, flags, terminal));
}

function addReportCommand(alerts: Command, terminal: Terminal): void {
  alerts
    .command('report')
    .description('what would have been sent while `paging: observe`, and what each rule did')
    .addOption(
      new Option('--since <duration>', 'how far to look back')
        .argParser(durationArgument)
        .default(7 * 86_400_000, '`7d`'),
    )
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action(async (flags: DataFlags & OutputFlags & { readonly since: number }) => {
      await using history = await openAnyHistory(flags);
      const untilMs = Date.now();
      const report = await createAlertsReport(history, { sinceMs: untilMs - flags.since, untilMs });
      terminal.out(flags.output === 'json' ? JSON.stringify(report) : renderAlertsReport(report));
    });
}

async function acknowledge(reference: string, flags: AckFlags, terminal: Terminal): Promise<void> {
  await using source = openSource(flags);
  const { alert } = await source.getAlert(reference);
  if (alert.endedAtMs !== null)
    throw new StartError(`${alert.id} is over (${alert.state})`, 'Only an open alert can be acknowledged.', {
      exitCode: 2,
    });
  await source.acknowledge(alert, flags.author);
  // A console names whom it knows by the token.
  const author = flags.server === undefined ? flags.author : null;
  terminal.out(
    flags.output === 'json'
      ? JSON.stringify({ id: alert.id, acknowledged_by: author })
      : `${alert.id} is acknowledged${author === null ? '' : ` by ${printable(author)}`}`,
  );
}
