import type { Command } from 'commander';
import { StartError } from '../../app/start-error.ts';
import { addListCommand } from '../list-command.ts';
import { type OutputFlags, type SourceFlags, withSourceOptions } from '../options.ts';
import type { Terminal } from '../output.ts';
import { openSource } from '../source/open-source.ts';
import { renderCapture, renderCaptureList } from '../render-captures.ts';
import type { CaptureOrder } from '../source/source.ts';
import { captureOrder, type CaptureOrderFlags, withCaptureOrder } from './capture-order.ts';

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
  const start = captures
    .command('start')
    .description('catch packets between a workload and a peer, from before this moment too');
  withSourceOptions(withCaptureOrder(start, '20s')).action(
    (workload: string, peer: string, flags: CaptureOrderFlags & SourceFlags & OutputFlags) =>
      startCapture(captureOrder(workload, peer, flags), flags, terminal),
  );
}

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
  order: CaptureOrder,
  flags: SourceFlags & OutputFlags,
  terminal: Terminal,
): Promise<void> {
  await using source = openSource(flags);
  const answer = await source.startCapture(order);
  terminal.out(
    flags.output === 'json'
      ? JSON.stringify(answer)
      : `${answer.id} runs for ${order.during_ms / 1000} s; then: saccade captures get ${answer.id} out.pcapng`,
  );
}
