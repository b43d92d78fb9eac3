import { readdir, readlink } from 'node:fs/promises';
import { readlinkSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { readBounded } from '../proc/read-bounded.ts';
import type { ProcessNamer } from './port.ts';

export interface ProcessNamerOptions {
  readonly nowMs: () => number;
  readonly procPath?: string;
  readonly maxProcesses?: number;
  /** Sockets that the index of owners holds, and descriptors that one refresh looks at. */
  readonly maxSockets?: number;
  /** How long an answer is kept: pids are reused, though not soon. */
  readonly keepMs?: number;
}

type ProcessIdentity = ReturnType<ProcessNamer['processOf']>;

export interface SocketProcessNamer extends ProcessNamer {
  /** A process that holds the socket, as of the last refresh. */
  pidOfSocket(socketInode: number): number | undefined;
  /** Looks through the descriptors of all processes; one at a time, yields in between. Never rejects. */
  refreshSockets(): Promise<void>;
  stats(): Readonly<Record<string, number>>;
}

const maxFileBytes = 16_384;
const socketLink = /^socket:\[(\d+)\]$/;

/** Names processes by /proc. Of a process that is gone only the pid remains. */
export function createProcessNamer(options: ProcessNamerOptions): SocketProcessNamer {
  const { nowMs, procPath = '/proc', maxSockets = 65_536, keepMs = 2_000 } = options;
  const cache = new LRUCache<number, { readonly identity: ProcessIdentity; readonly untilMs: number }>({
    max: options.maxProcesses ?? 2_048,
  });
  let pidBySocket: ReadonlyMap<number, number> = new Map();
  let refreshing: Promise<void> | undefined;
  let overflowed = 0;

  const refresh = async (): Promise<void> => {
    const found = new Map<number, number>();
    let seen = 0;
    for (const pid of (await listOrNone(procPath)).filter((name) => /^\d+$/.test(name))) {
      if (seen >= maxSockets) break;
      for (const descriptor of await listOrNone(`${procPath}/${pid}/fd`)) {
        if (++seen > maxSockets) break;
        const inode = socketLink.exec(await linkOrNone(`${procPath}/${pid}/fd/${descriptor}`))?.[1];
        if (inode !== undefined) found.set(Number(inode), Number(pid));
      }
    }
    if (seen >= maxSockets) overflowed++;
    pidBySocket = found;
  };

  return {
    processOf(pid) {
      const known = cache.get(pid);
      if (known !== undefined && nowMs() < known.untilMs) return known.identity;
      const identity = readProcess(procPath, pid);
      cache.set(pid, { identity, untilMs: nowMs() + keepMs });
      return identity;
    },
    pidOfSocket: (socketInode) => pidBySocket.get(socketInode),
    refreshSockets() {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
    stats: () => ({
      processes: cache.size,
      process_sockets: pidBySocket.size,
      process_sockets_overflowed: overflowed,
    }),
  };
}

function readProcess(procPath: string, pid: number): ProcessIdentity {
  const comm = readBounded(`${procPath}/${pid}/comm`, maxFileBytes)?.trimEnd();
  const status = readBounded(`${procPath}/${pid}/status`, maxFileBytes) ?? '';
  const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1];
  const executable = executableOf(`${procPath}/${pid}/exe`);
  return {
    pid,
    ...(comm !== undefined && { comm }),
    ...(executable !== undefined && { executable }),
    ...(uid !== undefined && { uid: Number(uid) }),
  };
}

/** Kernel threads have none; that of a replaced program is marked by the kernel, which is worth showing. */
function executableOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

async function listOrNone(path: string): Promise<readonly string[]> {
  return readdir(path).catch(() => []);
}

async function linkOrNone(path: string): Promise<string> {
  return readlink(path).catch(() => '');
}
