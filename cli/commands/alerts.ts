import type { Command } from 'commander';
import { Option } from 'commander';
import { findAlert, openHistory } from '../history.ts';
import {
  configOption,
  type DataFlags,
  dataOption,
  durationArgument,
  type OutputFlags,
  outputOption,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { renderAlert, renderAlertList } from '../render-alerts.ts';

const states = ['open', 'pending', 'firing', 'resolved', 'expired', 'cancelled', 'all'] as const;

interface ListFlags extends DataFlags, OutputFlags {
  readonly state?: (typeof states)[number];
  readonly since?: number;
  readonly workload?: string;
  readonly rule?: string;
  readonly limit: string;
}

export function addAlertsCommand(program: Command, terminal: Terminal): void {
  const alerts = program.command('alerts').description('alerts, now and in the past');
  alerts
    .command('list')
    .description('newest first')
    .addOption(new Option('--state <state>', 'only these').choices(states))
    .option('--since <duration>', 'started at most so long ago', durationArgument)
    .option('--workload <workload>', 'e.g. netns/checkout')
    .option('--rule <id>', 'only of this rule')
    .option('--limit <n>', 'at most so many', '50')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((flags: ListFlags) => {
      using history = openHistory(flags);
      const entries = history.listAlerts({
        limit: Number(flags.limit),
        ...(flags.state !== undefined && { state: flags.state }),
        ...(flags.since !== undefined && { sinceMs: Date.now() - flags.since }),
        ...(flags.workload !== undefined && { workload: flags.workload }),
        ...(flags.rule !== undefined && { ruleId: flags.rule }),
      });
      terminal.out(flags.output === 'json' ? JSON.stringify(entries) : renderAlertList(entries, Date.now()));
    });
  alerts
    .command('show')
    .description('one alert with its figures, evidence, notifications and captures')
    .argument('<alert>', 'its id, or the beginning of it')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((reference: string, flags: DataFlags & OutputFlags) => {
      using history = openHistory(flags);
      const detail = findAlert(history, reference);
      terminal.out(flags.output === 'json' ? JSON.stringify(detail) : renderAlert(detail));
    });
}
