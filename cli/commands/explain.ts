import type { Command } from 'commander';
import { explain } from '../../engine/explain.ts';
import { findAlert, openHistory } from '../history.ts';
import { configOption, type DataFlags, dataOption, type OutputFlags, outputOption } from '../options.ts';
import type { Terminal } from '../output.ts';

export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .description('why an alert fired: expected, band, score, and which guard held when')
    .argument('<alert>', 'its id, or the beginning of it')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((reference: string, flags: DataFlags & OutputFlags) => {
      using history = openHistory(flags);
      const { transitions } = findAlert(history, reference);
      terminal.out(
        flags.output === 'json'
          ? JSON.stringify(
              transitions.map(({ seq, state, level, at_ms, value, window_ms, baseline, reason }) => ({
                seq,
                state,
                level,
                at_ms,
                value,
                window_ms,
                baseline,
                reason,
              })),
            )
          : explain(transitions).trimEnd(),
      );
    });
}
