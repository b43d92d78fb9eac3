import type { Command } from 'commander';
import type { RuleState } from '../../console/ports.ts';
import { addListCommand } from '../list-command.ts';
import { type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import { formatTable, type Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';

export function addRulesList(rules: Command, terminal: Terminal): void {
  withSourceOptions(
    addListCommand(rules).description(
      'the rules of the configuration; with --server those in force, and what is judged by each',
    ),
  ).action(async (flags: SourceFlags & OutputFlags) => {
    await using source = openSource(flags);
    const list = await source.listRules();
    terminal.out(flags.output === 'json' ? JSON.stringify(list) : renderRules(list));
  });
}

function renderRules(list: readonly RuleState[]): string {
  if (list.length === 0) return 'no rules';
  const count = (value: number | null): string => (value === null ? '-' : String(value));
  const rows = list.map((rule) => [
    rule.id,
    rule.alert,
    `${rule.signal} ${rule.measure}`,
    rule.dry_run ? 'on trial' : rule.levels.join(', '),
    count(rule.keys),
    count(rule.learning),
    count(rule.open),
  ]);
  return formatTable(['RULE', 'ALERT', 'MEASURE', 'LEVELS', 'KEYS', 'LEARNING', 'OPEN'], rows);
}
