import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readablePolicySpecSchema } from './agent-policy-spec.ts';
import type { UsablePolicy } from './agent-policy-record.ts';

/** Keeps the policy that held last over a restart: the API server may be away by then. */
export interface KeptPolicy {
  /** undefined: none held, or it cannot be read. */
  read(): UsablePolicy | undefined;
  /** undefined: none holds. */
  write(policy: UsablePolicy | undefined): void;
}

const keptSchema = z.object({
  uid: z.string(),
  name: z.string(),
  generation: z.int(),
  createdMs: z.number(),
  spec: readablePolicySpecSchema,
});

/** In a file. What goes wrong with it is told, and costs no more than what was kept. */
export function openKeptPolicy(
  path: string,
  onProblem: (error: unknown, resource: string) => void,
): KeptPolicy {
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onProblem(error, path);
      return undefined;
    }
  };
  return {
    read: () => attempt(() => ({ ...keptSchema.parse(JSON.parse(readFileSync(path, 'utf8'))), fault: '' })),
    write(policy) {
      attempt(() => {
        if (policy === undefined) return rmSync(path, { force: true });
        mkdirSync(dirname(path), { recursive: true });
        // Whole or not at all, whenever the agent is killed.
        writeFileSync(`${path}.new`, JSON.stringify(keptSchema.parse(policy)));
        renameSync(`${path}.new`, path);
      });
    },
  };
}
