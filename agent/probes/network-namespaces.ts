import { closeSync, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { BpfError } from '../bpf/errors.ts';
import { lastErrno, libc } from '../bpf/native.ts';

const CLONE_NEWNET = 0x40000000;
/** A namespace belongs to a thread; `/proc/self` would be that of the main one. */
const ownNamespace = '/proc/thread-self/ns/net';
/** More namespaces than a node has pods; what is beyond is counted by the caller. */
const maxNamespaces = 1024;

export interface NamespaceVisit {
  readonly visited: number;
  /** Namespaces that could not be entered or were beyond the limit. */
  readonly refused: number;
}

/**
 * Runs `work` once in each network namespace that a process or /run/netns holds. `work` must be synchronous: the
 * whole thread is inside meanwhile. Throws only where the way back is barred, because then nothing is right any more.
 */
export function visitNetworkNamespaces(work: () => void): NamespaceVisit {
  const home = openSync(ownNamespace, 'r');
  const seen = new Set<string>();
  let refused = 0;
  try {
    for (const path of namespacePaths()) {
      const visit = seen.size < maxNamespaces ? visitOne(path, home, seen, work) : 'refused';
      if (visit === 'refused') refused++;
    }
  } finally {
    closeSync(home);
  }
  return { visited: seen.size, refused };
}

/** Where the agent may not enter others, in its own only, and the others count as one that was refused. */
export function visitOpenNamespaces(canEnterOthers: boolean, work: () => void): NamespaceVisit {
  if (canEnterOthers) return visitNetworkNamespaces(work);
  work();
  return { visited: 1, refused: 1 };
}

type Visit = 'visited' | 'known' | 'refused';

function visitOne(path: string, home: number, seen: Set<string>, work: () => void): Visit {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return 'known'; // The process is gone, and its sockets with it.
  }
  try {
    const inode = String(fstatSync(fd).ino);
    if (seen.has(inode)) return 'known';
    if (libc().setns(fd, CLONE_NEWNET) !== 0) return 'refused';
    seen.add(inode);
    workAndReturn(home, work);
    return 'visited';
  } finally {
    closeSync(fd);
  }
}

function workAndReturn(home: number, work: () => void): void {
  const failures: unknown[] = [];
  try {
    work();
  } catch (error) {
    failures.push(error);
  }
  if (libc().setns(home, CLONE_NEWNET) !== 0)
    failures.push(new BpfError('iterator', 'return to the own network namespace', { errno: lastErrno() }));
  if (failures.length > 0) throw failures.at(-1);
}

function* namespacePaths(): Generator<string> {
  yield ownNamespace;
  const links = new Set<string>();
  for (const pid of listDirectory('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const path = `/proc/${pid}/ns/net`;
    const link = readLink(path);
    // Hundreds of processes share a namespace: one of them is enough.
    if (link === undefined || links.has(link)) continue;
    links.add(link);
    yield path;
  }
  for (const name of listDirectory('/run/netns')) yield `/run/netns/${name}`;
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // No named namespaces on this machine.
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // The process ended between listing and reading.
  }
}
