import { type Command, Option } from 'commander';
import type { RuleFault } from '../../rules/compiled-rule.ts';
import { formatAsJsonRulesEngine } from '../../rules/format-rules.ts';
import { loadRuleFiles, loadRules } from '../../rules/load.ts';
import { diffOverlays, formatOverlayDiff } from '../../rules/overlays/diff-overlays.ts';
import { formatFault } from '../../rules/parse/faults.ts';
import { ExitCode } from '../exit-code.ts';
import { configOption, type DataFlags, type OutputFlags, outputOption } from '../options.ts';
import { formatTable, type Terminal } from '../output.ts';
import { sourcesOf } from '../rule-sources.ts';
import { addRulesList } from './rules-list.ts';
import { addRulesReplay, addRulesTest } from './rules-try.ts';

type RuleFlags = DataFlags & OutputFlags;

export function addRulesCommand(program: Command, terminal: Terminal): void {
  const rules = program
    .command('rules')
    .description('write, check and try rules; needs neither root nor Linux');
  rules
    .command('check')
    .description('all faults at once, each with its place; without files: the rules of the configuration')
    .argument('[file...]', 'rule files, overlays, folders or globs')
    .addOption(configOption())
    .addOption(outputOption())
    .action((files: string[], flags: RuleFlags) => check(files, flags, terminal));
  addRulesList(rules, terminal);
  addRulesTest(rules, terminal);
  addRulesReplay(rules, terminal);
  rules
    .command('format')
    .description('the conditions in the plain form of json-rules-engine, always as JSON')
    .argument('[file...]', 'rule files')
    .addOption(new Option('--as <form>', 'form').choices(['json-rules-engine']).default('json-rules-engine'))
    .addOption(configOption())
    .addOption(outputOption())
    .action((files: string[], flags: RuleFlags) => format(files, flags, terminal));
  rules
    .command('diff')
    .description('what overlays change, and whether the rules under them have changed since')
    .argument('[file...]', 'rule files and overlays')
    .addOption(configOption())
    .addOption(outputOption())
    .action((files: string[], flags: RuleFlags) => diff(files, flags, terminal));
}

async function check(files: readonly string[], flags: RuleFlags, terminal: Terminal): Promise<void> {
  const result = await loadRules(await sourcesOf(files, flags));
  if (!result.ok) return refuse(result.faults, flags, terminal);
  if (flags.output === 'json') {
    const rules = result.ruleSet.rules.map(({ id, alert, position }) => ({ id, alert, position }));
    terminal.out(JSON.stringify({ ok: true, rules, warnings: result.warnings }));
    return;
  }
  for (const warning of result.warnings) terminal.out(`warning: ${warning}`);
  const rows = result.ruleSet.rules.map(({ id, alert, signal, position }) => [
    id,
    alert,
    signal.id,
    position,
  ]);
  terminal.out(rows.length === 0 ? 'no rules' : formatTable(['ID', 'ALERT', 'SIGNAL', 'AT'], rows));
}

function refuse(faults: readonly RuleFault[], flags: RuleFlags, terminal: Terminal): never {
  if (flags.output === 'json') terminal.out(JSON.stringify({ ok: false, faults }));
  else {
    for (const fault of faults) terminal.err(formatFault(fault));
    terminal.err(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`);
  }
  throw new ExitCode(1);
}

async function format(files: readonly string[], flags: RuleFlags, terminal: Terminal): Promise<void> {
  const loaded = await loadRuleFiles(await sourcesOf(files, flags));
  if (loaded.faults.length > 0) refuse(loaded.faults, flags, terminal);
  const formatted = formatAsJsonRulesEngine(loaded.files);
  if ('ok' in formatted) return refuse(formatted.faults, flags, terminal);
  terminal.out(JSON.stringify(formatted, null, 2));
}

async function diff(files: readonly string[], flags: RuleFlags, terminal: Terminal): Promise<void> {
  const loaded = await loadRuleFiles(await sourcesOf(files, flags));
  if (loaded.faults.length > 0) refuse(loaded.faults, flags, terminal);
  const diffs = diffOverlays(loaded.files);
  if ('ok' in diffs) return refuse(diffs.faults, flags, terminal);
  if (flags.output === 'json') terminal.out(JSON.stringify(diffs));
  else terminal.out(diffs.length === 0 ? 'no overlays' : diffs.map(formatOverlayDiff).join('\n\n'));
}
