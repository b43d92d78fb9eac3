import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { StartError } from '../../app/start-error.ts';
import { addListCommand } from '../list-command.ts';
import {
  countArgument,
  durationArgument,
  namespaceOption,
  type OutputFlags,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import { renderCapture, renderCaptureList } from '../render-captures.ts';

interface StartFlags extends SourceFlags, OutputFlags {
  readonly namespace?: string;
  readonly port?: number;
  readonly before: number;
  readonly during: number;
}

export function addCapturesCommand(program: Command, terminal: Terminal): void {
  const captures = program.command('captures').description('packets of alerts, from before and after');
  withSourceOptions(addListCommand(captures).description('newest first')).action(
    async (flags: SourceFlags & OutputFlags) => {
      await using source = openSource(flags);
      const entries = await source.listCaptures();
      terminal.out(flags.output === 'json' ? JSON.stringify(entries) : renderCaptureList(entries));
    },
  );
  withSourceOptions(
    captures
      .command('get')
      .description('what a capture holds; copies its pcapng with a second argument')
      .argument('<capture>', 'its id, or the beginning of it')
      .argument('[file]', 'where to copy the pcapng to'),
  ).action((id: string, file: string | undefined, flags: SourceFlags & OutputFlags) =>
    getCapture(id, file, flags, terminal),
  );
  withSourceOptions(
    captures
      .command('start')
      .description('catch packets between a workload and a peer, from before this moment too')
      .argument('<workload>', 'e.g. netns/checkout, or checkout')
      .argument('<peer>', 'its name or address')
      .addOption(namespaceOption())
      .option('--port <port>', 'only this service port', countArgument(65_535))
      .addOption(durationOption('--before <duration>', 'of what the recorder still holds', '10s'))
      .addOption(durationOption('--during <duration>', 'from now on', '20s')),
  ).action((workload: string, peer: string, flags: StartFlags) =>
    startCapture(workload, peer, flags, terminal),
  );
}

const durationOption = (flags: string, description: string, standard: string) =>
  new Option(flags, description).argParser(durationArgument).default(durationArgument(standard), standard);

async function getCapture(
  id: string,
  file: string | undefined,
  flags: SourceFlags & OutputFlags,
  terminal: Terminal,
): Promise<void> {
  await using source = openSource(flags);
  const entry = await source.getCapture(id);
  if (file !== undefined) {
    if ((entry.capture?.file ?? null) === null)
      throw new StartError(`the capture ${entry.id} has no file (${entry.phase})`, '', { exitCode: 1 });
    await source.saveCapture(entry, file);
  }
  terminal.out(flags.output === 'json' ? JSON.stringify(entry) : renderCapture(entry, file));
}

async function startCapture(
  workload: string,
  peer: string,
  flags: StartFlags,
  terminal: Terminal,
): Promise<void> {
  await using source = openSource(flags);
  const answer = await source.startCapture({
    workload,
    peer,
    before_ms: flags.before,
    during_ms: flags.during,
    requested_by: userInfo().username,
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    ...(flags.port !== undefined && { service_port: flags.port }),
  });
  terminal.out(
    flags.output === 'json'
      ? JSON.stringify(answer)
      : `${answer.id} runs for ${flags.during / 1000} s; then: saccade captures get ${answer.id} out.pcapng`,
  );
}
