import { Command } from 'commander';

export interface DemoOptions {
  readonly json: boolean;
  readonly keep: boolean;
  /** Agent, engine and notify as processes around a real broker. */
  readonly kafka: boolean;
  readonly placebo: boolean;
  /** File to write the stream to. */
  readonly record: string | undefined;
  /** true: the recording that ships; a string: that file. */
  readonly recorded: string | boolean;
}

/** Throws a CommanderError, already explained on the terminal, for what it does not know. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const program = new Command('npm run demo --')
    .description('Breaks a network of its own in four ways, and shows what Saccade makes of it.')
    .option('--json', 'one line of JSON for each trouble, and nothing else')
    .option('--keep', 'stay when it is over, to look around, also in the console; Ctrl-C ends it')
    .option('--kafka', 'through a real Kafka broker: agent, engine and notify as processes of their own')
    .option('--placebo', 'everything but the faults: nobody may be told anything')
    .option('--record <file>', 'write the event stream (.ndjson, .ndjson.gz)')
    .option(
      '--recorded [file]',
      'play a recording through the real engine and notifiers: no root, any system',
    )
    .option('--yes', 'do not ask before installing (handled before this program starts)')
    .allowExcessArguments(false)
    .exitOverride();
  program.parse(args, { from: 'user' });
  const given = program.opts<Partial<DemoOptions>>();
  const options = {
    json: given.json ?? false,
    keep: given.keep ?? false,
    kafka: given.kafka ?? false,
    placebo: given.placebo ?? false,
    record: given.record,
    recorded: given.recorded ?? false,
  };
  if (options.recorded !== false && (options.keep || options.record !== undefined))
    program.error('--recorded plays what was: there is nothing to keep or to record', { exitCode: 2 });
  if (options.kafka && (options.recorded !== false || options.record !== undefined))
    program.error('--kafka is for a live run, which is not recorded', { exitCode: 2 });
  return options;
}
