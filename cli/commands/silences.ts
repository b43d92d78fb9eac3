import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { StartError } from '../../app/start-error.ts';
import { parseMatcher } from '../../notifiers/matcher.ts';
import type { Matcher } from '../../stream/events/control.ts';
import { addListCommand } from '../list-command.ts';
import { durationArgument, type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import { formatTable, formatTime, printable, type Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import type { ListedSilence } from '../source/source.ts';

interface AddFlags extends SourceFlags, OutputFlags {
  readonly duration: number;
  readonly comment: string;
  readonly author: string;
}

export function addSilencesCommand(program: Command, terminal: Terminal): void {
  const silences = program.command('silences').description('keep matching alerts from notifying, for a time');
  withSourceOptions(
    silences
      .command('add')
      .description('as in Alertmanager; the resolved notice of what was told before still comes')
      .argument('<matcher...>', 'e.g. alertname=RetransmitSpike workload=~"netns/.*"')
      .requiredOption('--duration <duration>', 'e.g. 2h', durationArgument)
      .option('--comment <text>', 'why', '')
      .addOption(authorOption()),
  ).action(async (texts: string[], flags: AddFlags) => {
    const body = {
      matchers: texts.map(toMatcher),
      duration_ms: flags.duration,
      created_by: flags.author,
      comment: flags.comment,
    };
    await using source = openSource(flags);
    const silence = await source.addSilence(body);
    terminal.out(
      flags.output === 'json'
        ? JSON.stringify(silence)
        : `${silence.id} holds until ${formatTime(Date.parse(silence.ends_at))}`,
    );
  });
  withSourceOptions(
    addListCommand(silences).description('those that hold or are to come, and those of the last day'),
  ).action(async (flags: SourceFlags & OutputFlags) => {
    await using source = openSource(flags);
    const list = await source.listSilences();
    terminal.out(flags.output === 'json' ? JSON.stringify(list) : renderSilences(list, Date.now()));
  });
  withSourceOptions(
    silences
      .command('expire')
      .description('end a silence now')
      .argument('<silence>', 'its id, or the beginning of it')
      .addOption(authorOption()),
  ).action(async (id: string, flags: SourceFlags & OutputFlags & { readonly author: string }) => {
    await using source = openSource(flags);
    await source.expireSilence(id, flags.author);
    terminal.out(flags.output === 'json' ? JSON.stringify({ id, expired: true }) : `${id} is expired`);
  });
}

const authorOption = () =>
  new Option('--author <name>', 'who; with --server it is who the token names').default(
    userInfo().username,
    'your user name',
  );

function toMatcher(text: string): Matcher {
  const matcher = parseMatcher(text);
  if (typeof matcher !== 'string') return matcher;
  throw new StartError(
    `"${text}" is not a matcher: ${matcher}`,
    'Write name=value, name!=value, name=~regex or name!~regex.',
    {
      exitCode: 2,
    },
  );
}

function renderSilences(list: readonly ListedSilence[], nowMs: number): string {
  if (list.length === 0) return 'no silences';
  const rows = list.map((silence) => [
    silence.id.slice(0, 8),
    stateOf(silence, nowMs),
    silence.matchers.map(({ name, op, value }) => `${name}${op}${value}`).join(' '),
    formatTime(Date.parse(silence.ends_at)),
    silence.created_by,
    printable(silence.comment),
  ]);
  return formatTable(['SILENCE', 'STATE', 'MATCHERS', 'UNTIL', 'BY', 'COMMENT'], rows);
}

function stateOf(silence: ListedSilence, nowMs: number): string {
  if (silence.expired_by !== null) return `expired by ${silence.expired_by}`;
  if (Date.parse(silence.ends_at) <= nowMs) return 'over';
  return Date.parse(silence.starts_at) > nowMs ? 'to come' : 'active';
}
