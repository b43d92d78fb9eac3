import type { Command } from 'commander';
import { suggest } from '../source-text/suggestion.ts';

/**
 * `saccade alerts` is `saccade alerts list`. A word that is no command of the group is told as such, with the one that
 * was probably meant: commander would take it for an argument too many of `list`.
 */
export function addListCommand(group: Command): Command {
  const list = group.command('list', { isDefault: true }).allowExcessArguments();
  return list.hook('preAction', () => {
    const [word] = list.args;
    if (word === undefined) return;
    const meant = suggest(
      word,
      group.commands.map((command) => command.name()),
    );
    group.error(
      `error: ${group.name()} has no command '${word}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`,
    );
  });
}
