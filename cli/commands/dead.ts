import type { Command } from 'commander';
import { loadConfig } from '../../app/config/load-config.ts';
import { StartError } from '../../app/start-error.ts';
import type { DeadLetterEntry } from '../../history/event-queries.ts';
import { askRunning } from '../control-client.ts';
import { openHistory } from '../history.ts';
import {
  configOption,
  countArgument,
  type DataFlags,
  dataOption,
  type OutputFlags,
  outputOption,
} from '../options.ts';
import { formatTable, formatTime, type Terminal } from '../output.ts';

interface ListFlags extends DataFlags, OutputFlags {
  readonly stage?: string;
  readonly limit: number;
}

const maxListed = 1000;

export function addDeadCommand(program: Command, terminal: Terminal): void {
  const dead = program.command('dead').description('events that no stage could take, with the reason');
  dead
    .command('list')
    .description('newest first')
    .option('--stage <stage>', 'only of this stage')
    .option('--limit <count>', 'at most', countArgument(maxListed), 100)
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((flags: ListFlags) => {
      using history = openHistory(flags);
      const letters = history.listDeadLetters({
        limit: flags.limit,
        ...(flags.stage !== undefined && { stage: flags.stage }),
      });
      terminal.out(flags.output === 'json' ? JSON.stringify(letters) : renderLetters(letters));
    });
  dead
    .command('replay')
    .description(
      'append an event anew, once what kept it from being taken is mended; needs a running Saccade',
    )
    .argument('<letter>', 'its id, or the beginning of it')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action(async (reference: string, flags: DataFlags & OutputFlags) => {
      const { letter } = findLetter(reference, flags);
      const body = { topic: letter.topic, event: letter.event };
      const { dataDirectory } = loadConfig(flags);
      const answer = (await askRunning(dataDirectory, 'POST', '/v1/dead-letters/replay', body)) as {
        id: string;
      };
      terminal.out(
        flags.output === 'json' ? JSON.stringify(answer) : `appended to ${letter.topic} as ${answer.id}`,
      );
    });
}

function findLetter(reference: string, flags: DataFlags): DeadLetterEntry {
  using history = openHistory(flags);
  const found = history.listDeadLetters({ limit: maxListed }).filter(({ id }) => id.startsWith(reference));
  const [letter] = found.filter(({ id }) => id === reference).concat(found);
  if (letter === undefined)
    throw new StartError(`there is no dead letter ${reference}`, 'See: saccade dead list', { exitCode: 2 });
  if (found.length > 1 && letter.id !== reference)
    throw new StartError(
      `several dead letters begin with ${reference}: ${found
        .map(({ id }) => id)
        .slice(0, 10)
        .join(', ')}`,
      'Give more of its id.',
      { exitCode: 2 },
    );
  return letter;
}

function renderLetters(letters: readonly DeadLetterEntry[]): string {
  if (letters.length === 0) return 'no dead letters';
  const rows = letters.map(({ id, atMs, letter }) => [
    id,
    formatTime(atMs),
    letter.stage,
    letter.topic,
    letter.reason,
  ]);
  return formatTable(['LETTER', 'TIME', 'STAGE', 'TOPIC', 'REASON'], rows);
}
