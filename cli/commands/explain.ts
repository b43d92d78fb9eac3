import type { Command } from 'commander';
import { explain } from '../../engine/explain.ts';
import { type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import { openSource } from '../source/open-source.ts';
import type { Terminal } from '../output.ts';

export function addExplainCommand(program: Command, terminal: Terminal): void {
  withSourceOptions(
    program
      .command('explain')
      .description('why an alert fired: expected, band, score, and which guard held when')
      .argument('<alert>', 'its id, or the beginning of it'),
  ).action(async (reference: string, flags: SourceFlags & OutputFlags) => {
    await using source = openSource(flags);
    const { transitions } = await source.getAlert(reference);
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
