import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface CgroupWalk {
  /** cgroup id → absolute path. */
  readonly paths: ReadonlyMap<bigint, string>;
  /** true: ended at the limit, so what is missing may exist. */
  readonly truncated: boolean;
}

/**
 * Ids of all cgroups below a mount, breadth first: a directory's inode number is its cgroup id. For processes that
 * may not open by handle.
 */
export function walkCgroups(cgroup2Path: string, maxDirectories: number): CgroupWalk {
  const paths = new Map<bigint, string>();
  const queue = [cgroup2Path];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    if (paths.size >= maxDirectories) return { paths, truncated: true };
    const id = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
    if (id === undefined) continue;
    paths.set(id, path);
    queue.push(...childrenOf(path));
  }
  return { paths, truncated: false };
}

function childrenOf(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  } catch {
    return []; // Removed while we walk.
  }
}
