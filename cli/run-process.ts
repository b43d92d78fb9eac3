import type { ProcessOptions, SaccadeProcess } from '../app/processes/saccade-process.ts';
import type { Terminal } from './output.ts';
import { type RunFlags, runUntilEnd } from './run-until-end.ts';

/** Runs one of the processes that together are a Saccade. */
export async function runProcess(
  create: (options: ProcessOptions) => Promise<SaccadeProcess>,
  flags: RunFlags,
  terminal: Terminal,
): Promise<void> {
  await runUntilEnd(
    async (context) => {
      const running = await create(context);
      return {
        async start() {
          const { lines, statusUrl } = await running.start();
          return [...lines, `metrics ${statusUrl}/metrics`].join('\n');
        },
        stop: () => running.stop(),
      };
    },
    flags,
    terminal,
  );
}
