import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { StartError } from '../../app/start-error.ts';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import { type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import type { Terminal } from '../output.ts';
import { renderCapture } from '../render-captures.ts';
import { NotFoundError } from '../source/not-found-error.ts';
import { openSource } from '../source/open-source.ts';
import type { CaptureOrder, Source } from '../source/source.ts';
import { captureOrder, type CaptureOrderFlags, withCaptureOrder } from './capture-order.ts';

/** Beyond `during`: the way to the agent, its writing, the file's way here. */
const graceMs = 60_000;
const lookEveryMs = 500;

/** Captures in one go: asks for packets, waits for them, brings them. */
export function addCaptureCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('capture')
    .description('catch packets between a workload and a peer, wait, and copy them');
  withSourceOptions(
    withCaptureOrder(command, '10s').argument(
      '[file]',
      'where to copy the pcapng to; default: the id of the capture',
    ),
  ).action(
    (
      workload: string,
      peer: string,
      file: string | undefined,
      flags: CaptureOrderFlags & SourceFlags & OutputFlags,
    ) => capture(captureOrder(workload, peer, flags), file, flags, terminal),
  );
}

async function capture(
  order: CaptureOrder,
  file: string | undefined,
  flags: SourceFlags & OutputFlags,
  terminal: Terminal,
): Promise<void> {
  await using source = openSource(flags);
  const { id } = await source.startCapture(order);
  const entry = await whenDone(source, id, Date.now() + order.during_ms + graceMs);
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
  if (error instanceof NotFoundError) return undefined;
  throw error;
}
