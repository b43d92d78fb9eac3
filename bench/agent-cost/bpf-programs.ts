import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { runCommand } from '../../test/lab/run-command.ts';

/** A loaded eBPF program and what it has cost since the kernel keeps count. */
export interface BpfProgram {
  readonly id: number;
  readonly name: string;
  /** As bpftool says: sock_ops, cgroup_skb, tracing, … */
  readonly type: string;
  readonly runs: number;
  readonly runNs: number;
}

const shownSchema = z.object({
  id: z.number(),
  name: z.string().default('?'),
  type: z.string(),
  run_cnt: z.number().default(0),
  run_time_ns: z.number().default(0),
});

/** Programs that a process holds open, and no others': the same programs of another Saccade are not ours. */
export async function programsOf(pid: number): Promise<readonly BpfProgram[]> {
  const ids = new Set<number>();
  for (const fd of await readdir(`/proc/${pid}/fdinfo`)) {
    const id = programId(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(whenGone));
    if (id !== undefined) ids.add(id);
  }
  return Promise.all([...ids].sort((a, b) => a - b).map(show));
}

/** A descriptor may be closed between the listing and the look. */
function whenGone(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}

export function programId(fdinfo: string): number | undefined {
  const id = /^prog_id:\s+(\d+)$/m.exec(fdinfo)?.[1];
  return id === undefined ? undefined : Number(id);
}

async function show(id: number): Promise<BpfProgram> {
  const text = await runCommand('bpftool', ['-j', 'prog', 'show', 'id', String(id)]);
  const shown = shownSchema.parse(JSON.parse(text));
  return { id, name: shown.name, type: shown.type, runs: shown.run_cnt, runNs: shown.run_time_ns };
}

export interface ProgramCost {
  readonly name: string;
  readonly type: string;
  readonly runs: number;
  readonly nsPerRun: number;
  readonly runNs: number;
}

/** What each program did between two looks, the costliest first. */
export function costsBetween(
  before: readonly BpfProgram[],
  after: readonly BpfProgram[],
): readonly ProgramCost[] {
  const earlier = new Map(before.map((program) => [program.id, program]));
  return after
    .map(({ id, name, type, runs, runNs }) => {
      const ran = runs - (earlier.get(id)?.runs ?? 0);
      const took = runNs - (earlier.get(id)?.runNs ?? 0);
      return { name, type, runs: ran, runNs: took, nsPerRun: took / ran };
    })
    .filter(({ runs }) => runs > 0)
    .sort((a, b) => b.runNs - a.runNs);
}
