import { LRUCache } from 'lru-cache';
import { CgroupHandles } from './cgroup-handles.ts';
import { walkCgroups } from './cgroup-walk.ts';

export interface CgroupPathsOptions {
  /** Mount point of the cgroup2 hierarchy: /sys/fs/cgroup, on hybrid machines /sys/fs/cgroup/unified. */
  readonly cgroup2Path: string;
  readonly nowMs: () => number;
  readonly maxCached?: number;
  /** Only where the kernel refuses look-ups by id. */
  readonly walk?: { readonly maxDirectories: number; readonly minIntervalMs: number };
}

export interface CgroupPathsStats {
  readonly cached: number;
  readonly evicted: number;
  readonly walks: number;
  readonly walksTruncated: number;
}

/** cgroup id → path below the hierarchy's root (`/system.slice/nginx.service`). Ids are never reused within a boot. */
export class CgroupPaths implements Disposable {
  readonly #options: CgroupPathsOptions;
  readonly #walk: { readonly maxDirectories: number; readonly minIntervalMs: number };
  readonly #handles: CgroupHandles;
  /** null: gone before we looked. Its sockets may live on, so it is asked for again and again. */
  readonly #paths: LRUCache<bigint, { readonly path: string | null }>;
  #evicted = 0;
  #walks = 0;
  #walksTruncated = 0;
  #walkedAtMs = -Infinity;

  constructor(options: CgroupPathsOptions) {
    this.#options = options;
    this.#walk = options.walk ?? { maxDirectories: 5_000, minIntervalMs: 2_000 };
    this.#handles = new CgroupHandles(options.cgroup2Path);
    this.#paths = new LRUCache({
      max: options.maxCached ?? 8_192,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.#evicted++;
      },
    });
  }

  /** undefined: unknown, or gone. */
  pathOf(cgroupId: bigint): string | undefined {
    if (cgroupId === 0n) return undefined;
    const cached = this.#paths.get(cgroupId);
    if (cached !== undefined) return cached.path ?? undefined;
    const found = this.#handles.find(cgroupId);
    if (found.kind === 'refused') return this.#findByWalk(cgroupId);
    return this.#remember(cgroupId, found.kind === 'path' ? found.path : null);
  }

  stats(): CgroupPathsStats {
    return {
      cached: this.#paths.size,
      evicted: this.#evicted,
      walks: this.#walks,
      walksTruncated: this.#walksTruncated,
    };
  }

  [Symbol.dispose](): void {
    this.#handles[Symbol.dispose]();
  }

  #findByWalk(cgroupId: bigint): string | undefined {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#walkedAtMs < this.#walk.minIntervalMs) return undefined;
    this.#walkedAtMs = nowMs;
    this.#walks++;
    const { paths, truncated } = walkCgroups(this.#options.cgroup2Path, this.#walk.maxDirectories);
    if (truncated) this.#walksTruncated++;
    for (const [id, path] of paths) this.#remember(id, path);
    if (!paths.has(cgroupId)) this.#remember(cgroupId, null);
    return this.#paths.get(cgroupId)?.path ?? undefined;
  }

  #remember(cgroupId: bigint, absolutePath: string | null): string | undefined {
    const path = absolutePath === null ? null : absolutePath.slice(this.#options.cgroup2Path.length) || '/';
    this.#paths.set(cgroupId, { path });
    return path ?? undefined;
  }
}
