import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureEntry } from '../../history/capture-queries.ts';
import { patienceMs } from './eyes.ts';
import type { Stage } from './stage.ts';

/** Those that the server knows, the newest first. */
export async function listCaptures(stage: Stage): Promise<readonly CaptureEntry[]> {
  return JSON.parse(await stage.saccade('captures', 'list', '--output', 'json')) as readonly CaptureEntry[];
}

export interface FinishedCapture {
  readonly file: string;
  /** When it was asked for. */
  readonly askedAtMs: number;
}

/** What the server has of a workload's trouble with a peer since then, once it is whole. */
export function finishedCapture(
  stage: Stage,
  { workload, peer }: { readonly workload: string; readonly peer: string },
  sinceMs: number,
): Promise<FinishedCapture> {
  return stage.cluster.waitFor(
    `packets of ${workload} ↔ ${peer}`,
    async () => {
      const entry = (await listCaptures(stage)).find(
        ({ phase, atMs, request }) =>
          phase === 'complete' &&
          atMs >= sinceMs &&
          request?.selector.subject.workload === workload &&
          request.selector.peer.name === peer,
      );
      if (!entry?.request) return undefined;
      const file = fileOf(stage, entry.id);
      return file === undefined ? undefined : { file, askedAtMs: entry.request.requested_at_ms };
    },
    patienceMs,
  );
}

export function fileOf(stage: Stage, id: string): string | undefined {
  const [found] = globSync(join(stage.serverData, 'captures', `*${id}*.pcapng`));
  return found !== undefined && statSync(found).size > 0 ? found : undefined;
}
