import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { StartError } from '../../app/start-error.ts';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import {
  countArgument,
  durationArgument,
  namespaceOption,
  type OutputFlags,
  type SourceFlags,
  withSourceOptions,
} from '../options.ts';
import type { Terminal } from '../output.ts';
import { renderCapture } from '../render-captures.ts';
import { openSource } from '../source/open-source.ts';
import type { Source } from '../source/source.ts';

interface CaptureFlags extends SourceFlags, OutputFlags {
  readonly namespace?: string;
  readonly port?: number;
  readonly before: number;
  readonly during: number;
}

/** Beyond `during`: the way to the agent, its writing, the file's way here. */
const graceMs = 60_000;
const lookEveryMs = 500;

/** Captures in one go: asks for packets, waits for them, brings them. */
export function addCaptureCommand(program: Command, terminal: Terminal): void {
  withSourceOptions(
    program
      .command('capture')
      .description('catch packets between a workload and a peer, wait, and copy them')
      .argument('<workload>', 'e.g. deployment/checkout, or checkout')
      .argument('<peer>', 'its name or address')
      .argument('[file]', 'where to copy the pcapng to; default: the id of the capture')
      .addOption(namespaceOption())
      .option('--port <port>', 'only this service port', countArgument(65_535))
      .addOption(durationOption('--before <duration>', 'of what the recorder still holds', '10s'))
      .addOption(durationOption('--during <duration>', 'from now on', '10s')),
  ).action((workload: string, peer: string, file: string | undefined, flags: CaptureFlags) =>
    capture({ workload, peer, file }, flags, terminal),
  );
}

const durationOption = (flags: string, description: string, standard: string) =>
  new Option(flags, description).argParser(durationArgument).default(durationArgument(standard), standard);

interface Wanted {
  readonly workload: string;
  readonly peer: string;
  readonly file: string | undefined;
}

async function capture(
  { workload, peer, file }: Wanted,
  flags: CaptureFlags,
  terminal: Terminal,
): Promise<void> {
  await using source = openSource(flags);
  const { id } = await source.startCapture({
    workload,
    peer,
    before_ms: flags.before,
    during_ms: flags.during,
    requested_by: userInfo().username,
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    ...(flags.port !== undefined && { service_port: flags.port }),
  });
  const entry = await whenDone(source, id, Date.now() + flags.during + graceMs);
  const to = file ?? `${id}.pcapng`;
  await source.saveCapture(entry, to);
  terminal.out(flags.output === 'json' ? JSON.stringify(entry) : renderCapture(entry, to));
}

async function whenDone(source: Source, id: string, untilMs: number): Promise<CaptureEntry> {
  for (; Date.now() < untilMs; await sleep(lookEveryMs)) {
    // It is asked for in the log first, and in the history a moment later.
    const entry = await source.getCapture(id).catch((error: unknown) => unlessMissing(error));
    if (entry?.phase === 'complete' && (entry.capture?.file ?? null) !== null) return entry;
    if (entry !== undefined && ['failed', 'refused', 'complete'].includes(entry.phase))
      throw new StartError(
        `the capture ${id} is ${entry.phase}: ${entry.capture?.reason ?? 'it has no file'}`,
        '',
      );
  }
  throw new StartError(`the capture ${id} is not there yet`, `Look later: saccade captures get ${id}`);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof StartError && error.message.startsWith('there is no capture')) return undefined;
  throw error;
}
