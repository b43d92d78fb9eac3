import { readdirSync, readlinkSync } from 'node:fs';
import { BriefMemo } from './brief-memo.ts';

export interface NetnsProcessesOptions {
  readonly nowMs: () => number;
  readonly procPath?: string;
  readonly maxProcesses?: number;
  readonly minIntervalMs?: number;
}

/**
 * One process in each network namespace, because /proc/PID leads into its network (addresses, sockets) and cgroups
 * without entering it.
 */
export class NetnsProcesses {
  readonly #nowMs: () => number;
  readonly #procPath: string;
  readonly #maxProcesses: number;
  readonly #minIntervalMs: number;
  readonly #alive: BriefMemo<number, number>;
  #pids: ReadonlyMap<number, number> = new Map();
  #scannedAtMs = -Infinity;
  #overflowed = 0;

  constructor(options: NetnsProcessesOptions) {
    this.#nowMs = options.nowMs;
    this.#alive = new BriefMemo(options.nowMs);
    this.#procPath = options.procPath ?? '/proc';
    this.#maxProcesses = options.maxProcesses ?? 16_384;
    this.#minIntervalMs = options.minIntervalMs ?? 200;
  }

  /** A process that is in the namespace now; looks again when the known one has gone. */
  pidIn(inode: number): number | undefined {
    return this.#alive.get(inode, () => this.#findIn(inode));
  }

  #findIn(inode: number): number | undefined {
    const known = this.#pids.get(inode);
    if (known !== undefined && this.#inodeOf(known) === inode) return known;
    this.refresh();
    return this.#pids.get(inode);
  }

  /** Inode → pid as of the last look. */
  all(): ReadonlyMap<number, number> {
    return this.#pids;
  }

  /** Looks again, at most every `minIntervalMs`. */
  refresh(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#scannedAtMs < this.#minIntervalMs) return;
    this.#scannedAtMs = nowMs;
    const pids = this.#pidNames();
    if (pids.length > this.#maxProcesses) this.#overflowed++;
    const found = new Map<number, number>();
    for (const pid of pids.slice(0, this.#maxProcesses)) {
      const inode = this.#inodeOf(Number(pid));
      if (inode !== undefined && !found.has(inode)) found.set(inode, Number(pid));
    }
    this.#pids = found;
  }

  stats(): { readonly namespaces: number; readonly overflowed: number } {
    return { namespaces: this.#pids.size, overflowed: this.#overflowed };
  }

  #pidNames(): readonly string[] {
    try {
      return readdirSync(this.#procPath).filter((name) => /^\d+$/.test(name));
    } catch {
      return []; // Not Linux.
    }
  }

  #inodeOf(pid: number): number | undefined {
    try {
      const inode = /^net:\[(\d+)\]$/.exec(readlinkSync(`${this.#procPath}/${pid}/ns/net`))?.[1];
      return inode === undefined ? undefined : Number(inode);
    } catch {
      return undefined; // Gone, a zombie, or not ours to see.
    }
  }
}
