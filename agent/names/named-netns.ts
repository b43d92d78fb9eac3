import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface NamedNetnsOptions {
  readonly nowMs: () => number;
  /** Where `ip netns` binds namespaces. */
  readonly directory?: string;
  readonly maxNames?: number;
  /** Between two looks at the directory. */
  readonly minIntervalMs?: number;
}

/** CNI, podman and CRI-O bind sandboxes under names that they make up: these are no names to tell a person. */
const madeUpNamePattern = /^(?:cni-|netns-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function isMadeUpNetnsName(name: string): boolean {
  return madeUpNamePattern.test(name);
}

/** Network namespaces with a name (`ip netns`), by inode. */
export class NamedNetns {
  readonly #nowMs: () => number;
  readonly #directory: string;
  readonly #maxNames: number;
  readonly #minIntervalMs: number;
  #names: ReadonlyMap<number, string> = new Map();
  #scannedAtMs = -Infinity;
  #overflowed = 0;

  constructor(options: NamedNetnsOptions) {
    this.#nowMs = options.nowMs;
    this.#directory = options.directory ?? '/run/netns';
    this.#maxNames = options.maxNames ?? 4_096;
    this.#minIntervalMs = options.minIntervalMs ?? 20;
  }

  /** As of the last look. With several names for one namespace, the first by alphabet. */
  nameOf(inode: number): string | undefined {
    return this.#names.get(inode);
  }

  /**
   * Looks again, at most every `minIntervalMs`. Called for every namespace seen for the first time: its name was
   * there before its first packet, but the inode may have belonged to another namespace at the last look.
   */
  refresh(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#scannedAtMs < this.#minIntervalMs) return;
    this.#scannedAtMs = nowMs;
    const entries = this.#list();
    if (entries.length > this.#maxNames) this.#overflowed++;
    const names = new Map<number, string>();
    for (const name of entries.slice(0, this.#maxNames)) {
      const inode = netnsInodeAt(join(this.#directory, name));
      if (inode !== undefined && !names.has(inode)) names.set(inode, name);
    }
    this.#names = names;
  }

  stats(): { readonly names: number; readonly overflowed: number } {
    return { names: this.#names.size, overflowed: this.#overflowed };
  }

  #list(): readonly string[] {
    try {
      return readdirSync(this.#directory).sort();
    } catch {
      return []; // Nobody has named a namespace yet.
    }
  }
}

/** The file system of namespaces: one, as long as the machine runs. */
let namespaceDevice: number | undefined;

/** Inode of the network namespace that a path leads to; undefined where it does not (any more, or is not allowed). */
export function netnsInodeAt(path: string): number | undefined {
  try {
    const { dev, ino } = statSync(path);
    // A name whose namespace is gone is a plain file with any inode number.
    return dev === (namespaceDevice ??= statSync('/proc/self/ns/net').dev) ? ino : undefined;
  } catch {
    return undefined;
  }
}
