import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AlertReference, ChartMaker, ChartOutcome } from '../../notifiers/chart/chart-maker.ts';
import type { ChartMaterial } from './chart-of-alert.ts';

/** Where the history is: in a file, which the thread opens, or elsewhere, and what it has is asked for before. */
export type ChartSource =
  | { readonly databasePath: string }
  | { readonly ask: (alert: AlertReference, nowMs: number) => Promise<ChartMaterial> };

export interface ChartMakerOptions {
  readonly source: ChartSource;
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
const lateNames: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError']);

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
      const late = error instanceof Error && lateNames.has(error.name);
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
  { source, nowMs }: ChartMakerOptions,
  alert: AlertReference,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const workerData =
    'ask' in source
      ? { material: await source.ask(alert, nowMs()) }
      : { databasePath: source.databasePath, alert, nowMs: nowMs() };
  signal.throwIfAborted();
  const thread = new Worker(threadFile, {
    workerData,
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
