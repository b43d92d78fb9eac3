import { createColors } from 'picocolors';
import { createSaccade } from '../app/create-saccade.ts';
import { renderStartScreen } from '../app/screen.ts';
import type { Terminal } from './output.ts';
import { type RunFlags, runUntilEnd } from './run-until-end.ts';

/** `saccade start`: everything in one process. */
export async function runSaccade(flags: RunFlags, terminal: Terminal): Promise<void> {
  // Asked of the stream itself (undefined for a pipe): a CI variable does not make a pipe a terminal.
  const colors = createColors(process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined);
  await runUntilEnd(
    async (context) => {
      const saccade = await createSaccade(context);
      return {
        start: async () => renderStartScreen(await saccade.start(), colors),
        stop: () => saccade.stop(),
      };
    },
    flags,
    terminal,
  );
}
