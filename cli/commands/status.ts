import type { Command } from 'commander';
import { describePart } from '../../app/part-report.ts';
import { type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import { formatTable, printable, type Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import type { CommonStatus } from '../source/source.ts';

export function addStatusCommand(program: Command, terminal: Terminal): void {
  withSourceOptions(
    program
      .command('status')
      .description('what the running Saccade watches, judges and tells, and what stands still'),
  ).action(async (flags: SourceFlags & OutputFlags) => {
    await using source = openSource(flags);
    const status = await source.status();
    terminal.out(flags.output === 'json' ? JSON.stringify(status) : renderStatus(status));
  });
}

function renderStatus(status: CommonStatus): string {
  const parts = status.parts.map((part) => [part.name, part.state, describePart(part)]);
  const stages = status.stages.map(({ stage, ok, lag, reason }) => [
    `stage ${stage}`,
    ok ? 'on' : 'stands still',
    ok ? `${lag} records wait` : reason,
  ]);
  const receivers = status.receivers.map(({ name, ready, reason, waiting }) => [
    `receiver ${name}`,
    ready ? 'on' : 'not ready',
    reason ?? `${waiting} messages wait`,
  ]);
  const rules = ['rules', status.refused_rules.length === 0 ? 'on' : 'refused', status.rules.join(', ')];
  return [
    `Saccade ${status.version} on node ${status.node}`,
    formatTable(['PART', 'STATE', ''], [...parts, ...stages, ...receivers, rules]),
    ...status.refused_rules.map((fault) => `refused change: ${printable(fault)}`),
  ].join('\n');
}
