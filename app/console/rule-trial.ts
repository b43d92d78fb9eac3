import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ObservedSecond } from '../../history/postgres/postgres-newest-observations.ts';
import { ConsoleError } from '../../console/console-error.ts';
import type { ReplayView, RuleFaultView } from '../../console/ports.ts';
import { compileRules } from '../../rules/compile.ts';

export const draftPath = 'draft.yaml';
const timeoutMs = 60_000;

/** Faults of a draft, by place; none: it compiles. */
export function checkDraft(text: string): readonly RuleFaultView[] {
  const result = compileRules([{ path: draftPath, text }]);
  if (result.ok) return [];
  return result.faults.map(({ line, column, message, suggestion }) => ({
    line,
    column,
    message: suggestion === undefined ? message : `${message} (${suggestion})`,
  }));
}

/** Tries drafts over the stored log. */
export function createRuleTrial(databasePath: string): (text: string) => Promise<ReplayView> {
  return createTrial(async () => ({ databasePath }));
}

/** What a trial runs over. */
export type TrialMaterial =
  { readonly databasePath: string } | { readonly seconds: readonly ObservedSecond[] };

/** Tries drafts, one at a time. */
export function createTrial(
  find: (text: string) => Promise<TrialMaterial>,
): (text: string) => Promise<ReplayView> {
  let busy = false;

  return async (text) => {
    const [fault] = checkDraft(text);
    if (fault !== undefined)
      throw new ConsoleError(400, `line ${fault.line}, column ${fault.column}: ${fault.message}`);
    if (busy) throw new ConsoleError(429, 'another replay is running; try again in a minute');
    busy = true;
    try {
      return await run({ ...(await find(text)), files: [{ path: draftPath, text }] });
    } finally {
      busy = false;
    }
  };
}

async function run(workerData: object): Promise<ReplayView> {
  const thread = new Worker(threadFile, { workerData });
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const [view] = (await once(thread, 'message', { signal: timeout })) as [ReplayView];
    return view;
  } catch (error) {
    if (timeout.aborted)
      throw new ConsoleError(
        503,
        `the stored log takes longer than ${timeoutMs / 1000} s to judge; use: saccade rules replay`,
        { cause: error },
      );
    throw error;
  } finally {
    await thread.terminate();
  }
}

/** Beside this file, with its extension: `.ts` from source, `.js` in a packed release. */
const threadFile = new URL(`./replay-thread${extname(import.meta.filename)}`, import.meta.url);
