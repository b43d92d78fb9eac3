import { copyFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { loadConfig } from '../../app/config/load-config.ts';
import type { StartCapture } from '../../app/http/control-server.ts';
import { StartError } from '../../app/start-error.ts';
import { askRunning } from '../control-client.ts';
import { openHistory } from '../history.ts';
import {
  configOption,
  countArgument,
  type DataFlags,
  dataOption,
  durationArgument,
  type OutputFlags,
  outputOption,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { renderCapture, renderCaptureList } from '../render-captures.ts';

interface StartFlags extends DataFlags, OutputFlags {
  readonly port?: number;
  readonly before: number;
  readonly during: number;
}

export function addCapturesCommand(program: Command, terminal: Terminal): void {
  const captures = program.command('captures').description('packets of alerts, from before and after');
  captures
    .command('list')
    .description('newest first')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((flags: DataFlags & OutputFlags) => {
      using history = openHistory(flags);
      const entries = history.listCaptures();
      terminal.out(flags.output === 'json' ? JSON.stringify(entries) : renderCaptureList(entries));
    });
  captures
    .command('get')
    .description('what a capture holds; copies its pcapng with a second argument')
    .argument('<capture>', 'its id, or the beginning of it')
    .argument('[file]', 'where to copy the pcapng to')
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((id: string, file: string | undefined, flags: DataFlags & OutputFlags) =>
      getCapture(id, file, flags, terminal),
    );
  captures
    .command('start')
    .description('catch packets between a workload and a peer, from before this moment too')
    .argument('<workload>', 'e.g. netns/checkout, or checkout')
    .argument('<peer>', 'its name or address')
    .option('--port <port>', 'only this service port', countArgument(65_535))
    .addOption(durationOption('--before <duration>', 'of what the recorder still holds', '10s'))
    .addOption(durationOption('--during <duration>', 'from now on', '20s'))
    .addOption(configOption())
    .addOption(dataOption())
    .addOption(outputOption())
    .action((workload: string, peer: string, flags: StartFlags) =>
      startCapture(workload, peer, flags, terminal),
    );
}

const durationOption = (flags: string, description: string, standard: string) =>
  new Option(flags, description).argParser(durationArgument).default(durationArgument(standard), standard);

async function getCapture(
  id: string,
  file: string | undefined,
  flags: DataFlags & OutputFlags,
  terminal: Terminal,
): Promise<void> {
  using history = openHistory(flags);
  const entry = history.getCapture(id);
  if (entry === undefined)
    throw new StartError(`there is no capture ${id}`, 'See: saccade captures list', { exitCode: 2 });
  const stored = entry.capture?.file ?? null;
  if (file !== undefined) {
    if (stored === null)
      throw new StartError(`the capture ${entry.id} has no file (${entry.phase})`, '', { exitCode: 1 });
    await copyFile(stored, resolve(file)).catch((error: unknown) => {
      throw new StartError(
        `cannot copy ${basename(stored)}: ${(error as Error).message}`,
        'The oldest captures are deleted when their room is used up (captures.max_total_bytes).',
        { cause: error },
      );
    });
  }
  terminal.out(flags.output === 'json' ? JSON.stringify(entry) : renderCapture(entry, file));
}

async function startCapture(
  workload: string,
  peer: string,
  flags: StartFlags,
  terminal: Terminal,
): Promise<void> {
  const { dataDirectory, config } = loadConfig(flags);
  const request: StartCapture = {
    workload,
    peer,
    before_ms: flags.before,
    during_ms: flags.during,
    max_bytes: config.captures.max_bytes,
    requested_by: userInfo().username,
    ...(flags.port !== undefined && { service_port: flags.port }),
  };
  const answer = (await askRunning(dataDirectory, 'POST', '/v1/captures', request)) as { id: string };
  terminal.out(
    flags.output === 'json'
      ? JSON.stringify(answer)
      : `${answer.id} runs for ${flags.during / 1000} s; then: saccade captures get ${answer.id} out.pcapng`,
  );
}
