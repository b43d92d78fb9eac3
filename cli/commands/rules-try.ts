import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../../app/config/load-config.ts';
import { packageRoot } from '../../app/package-root.ts';
import { configuredSources } from '../../app/rule-service.ts';
import { StartError } from '../../app/start-error.ts';
import { type Incident, parseIncidents } from '../../engine/incidents.ts';
import { createJudgeStage } from '../../engine/judge.ts';
import { replay } from '../../engine/replay.ts';
import { episodeLine, summarize, toEpisodes } from '../../engine/replay-summary.ts';
import { compileRules } from '../../rules/compile.ts';
import { loadRules } from '../../rules/load.ts';
import { formatFault } from '../../rules/parse/faults.ts';
import { runRuleTestFile } from '../../rules/rule-tests/run-rule-test-file.ts';
import { testFileOf } from '../../rules/rule-tests/test-file-names.ts';
import { ExitCode } from '../exit-code.ts';
import {
  configOption,
  type DataFlags,
  durationArgument,
  type OutputFlags,
  outputOption,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { storedRecords } from '../stored-records.ts';

interface ReplayFlags extends DataFlags, OutputFlags {
  readonly rules?: string[];
  readonly incidents?: string;
  readonly learn?: number;
}

export function addRulesTest(rules: Command, terminal: Terminal): void {
  rules
    .command('test')
    .description('run the tests beside rules (*.test.yaml); without files: those of the shipped rules')
    .argument('[file...]', 'test files, rule files with tests beside them, or folders of them')
    .addOption(outputOption())
    .action((files: string[], flags: OutputFlags) => testRules(files, flags, terminal));
}

export function addRulesReplay(rules: Command, terminal: Terminal): void {
  rules
    .command('replay')
    .description('what rules would have done over a recording, or over the log of a data folder')
    .argument('<recording>', 'a recording (*.ndjson, .gz, .zst) or a data folder')
    .option('--rules <file...>', 'rules to try; default: those that the configuration loads')
    .option('--incidents <file>', 'what really happened: a list of {name, from, to}')
    .option('--learn <duration>', "replaces every rule's learning period", durationArgument)
    .addOption(configOption())
    .addOption(outputOption())
    .action((recording: string, flags: ReplayFlags) => replayRules(recording, flags, terminal));
}

function testRules(files: readonly string[], flags: OutputFlags, terminal: Terminal): void {
  const paths = testFiles(files.length > 0 ? files : [join(packageRoot, 'rules', 'catalog')]);
  if (paths.length === 0)
    throw new StartError('there are no *.test.yaml', 'Name test files or folders of them.', { exitCode: 2 });
  const reports = paths.map((path) => ({
    path,
    report: runRuleTestFile(path, () => createJudgeStage({ compile: compileRules })),
  }));
  if (flags.output === 'json') terminal.out(JSON.stringify(reports));
  else for (const { path, report } of reports) terminal.out(renderReport(path, report));
  if (reports.some(({ report }) => !report.ok)) throw new ExitCode(1);
}

function testFiles(sources: readonly string[]): readonly string[] {
  return sources
    .flatMap((source) =>
      statSync(source, { throwIfNoEntry: false })?.isDirectory() === true
        ? globSync('**/*.test.{yaml,yml}', { cwd: source }).map((name) => join(source, name))
        : [testFileOf(source)],
    )
    .toSorted();
}

function renderReport(path: string, report: ReturnType<typeof runRuleTestFile>): string {
  if (!('results' in report)) return report.faults.map(formatFault).join('\n');
  const lines = report.results.map(({ name, position, failures }) =>
    failures.length === 0
      ? `  ok      ${name}`
      : `  FAILED  ${name} (${position})\n${failures.map((failure) => `            ${failure}`).join('\n')}`,
  );
  return [dirname(path), ...lines].join('\n');
}

async function replayRules(recording: string, flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const { config, ruleFiles } = loadConfig(flags);
  const loaded = await loadRules(flags.rules ?? configuredSources(config, ruleFiles));
  if (!loaded.ok) {
    for (const fault of loaded.faults) terminal.err(formatFault(fault));
    throw new ExitCode(1);
  }
  const incidents = flags.incidents === undefined ? undefined : readIncidents(flags.incidents);
  const result = await replay(storedRecords(recording), {
    compile: compileRules,
    rules: { files: [...loaded.ruleSet.files], learn_ms: flags.learn ?? null },
  });
  const episodes = toEpisodes(result.transitions, incidents);
  if (flags.output === 'json') {
    terminal.out(
      JSON.stringify({ summary: summarize(episodes, incidents), episodes, records: result.records }),
    );
    return;
  }
  for (const episode of episodes) terminal.out(episodeLine(episode));
  terminal.out(`${result.records} records: ${summarize(episodes, incidents)}`);
}

function readIncidents(path: string): readonly Incident[] {
  try {
    return parseIncidents(readFileSync(path, 'utf8'), path);
  } catch (error) {
    throw new StartError(
      (error as Error).message,
      'Write a list of {name, from, to} with times such as 2026-11-21T08:00:00Z.',
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
}
