import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AlertReference, ChartMaker, ChartOutcome } from '../../notifiers/chart/chart-maker.ts';

export interface ChartMakerOptions {
  /** The history's file. */
  readonly databasePath: string;
  readonly nowMs: () => number;
  readonly onOutcome: (outcome: ChartOutcome) => void;
  /** Something is wrong with drawing itself. */
  readonly onError: (error: Error) => void;
  /** Charts that wait for the one that is drawn; more are left out. */
  readonly maxWaiting?: number;
  readonly timeoutMs?: number;
}

/** Beside this file, with its extension: `.ts` from source, `.js` in a packed release. */
const threadFile = new URL(`./chart-thread${extname(import.meta.filename)}`, import.meta.url);
const maxMemoryMb = 256;

/** Draws from the history, one chart at a time, each in a thread of its own. */
export function createChartMaker(options: ChartMakerOptions): ChartMaker {
  const { onOutcome, maxWaiting = 8, timeoutMs = 20_000 } = options;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function inTurn(alert: AlertReference, signal: AbortSignal): Promise<Uint8Array | null> {
    if (signal.aborted) {
      onOutcome('late');
      return null;
    }
    try {
      const picture = await draw(options, alert, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      onOutcome(picture === null ? 'no_data' : 'drawn');
      return picture;
    } catch (error) {
      const late = error instanceof Error && error.name === 'AbortError';
      onOutcome(late ? 'late' : 'failed');
      if (!late) options.onError(error instanceof Error ? error : new Error(String(error)));
      return null;
    }
  }

  return (alert, signal) => {
    if (waiting >= maxWaiting) {
      onOutcome('busy');
      return Promise.resolve(null);
    }
    waiting += 1;
    const mine = turn.then(() => inTurn(alert, signal)).finally(() => (waiting -= 1));
    turn = mine;
    return mine;
  };
}

async function draw(
  { databasePath, nowMs }: ChartMakerOptions,
  alert: AlertReference,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const thread = new Worker(threadFile, {
    workerData: { databasePath, alert, nowMs: nowMs() },
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
  });
  // Nothing waits for a picture at the end of the process.
  thread.unref();
  try {
    const [picture] = (await once(thread, 'message', { signal })) as [Uint8Array | null];
    return picture;
  } finally {
    await thread.terminate();
  }
}
