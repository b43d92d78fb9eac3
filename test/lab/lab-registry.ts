import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandSync } from './run-command.ts';

/**
 * Every lab is written down before its first namespace exists, so that a lab whose owner was killed with
 * `kill -9` is found and removed by the next one, and nothing else ever is. An entry names its owner by pid *and*
 * start time, because pids come back.
 */
export interface LabEntry {
  /** Unique on this machine while the entry exists; ends every namespace name of the lab. */
  readonly id: string;
  readonly namespaces: readonly string[];
  /** Folders that go with the lab, absolute. */
  readonly folders: readonly string[];
}

interface StoredEntry {
  readonly pid: number;
  readonly startTicks: string;
  readonly namespaces: readonly string[];
  readonly folders: readonly string[];
}

const registryDirectory = '/run/saccade-lab';
const maxLabsPerProcess = 64;

/** Takes the first free id of this process and writes down the namespaces that will bear it. */
export function registerLab(hostNames: readonly string[], folders: readonly string[] = []): LabEntry {
  mkdirSync(registryDirectory, { recursive: true });
  for (let n = 1; n <= maxLabsPerProcess; n++) {
    const id = n === 1 ? String(process.pid) : `${process.pid}-${n}`;
    const namespaces = hostNames.map((name) => `${name}-${id}`);
    const owner = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' };
    if (claim(id, { ...owner, namespaces, folders })) return { id, namespaces, folders };
  }
  throw new Error(`this process has ${maxLabsPerProcess} labs open already`);
}

export function isRegistered(id: string): boolean {
  return existsSync(entryPath(id));
}

/** Removes what the entry names. Synchronous, so that it also works in an exit handler. Idempotent. */
export function removeLab(entry: LabEntry): void {
  for (const namespace of entry.namespaces) removeNamespace(namespace);
  for (const folder of entry.folders) rmSync(folder, { recursive: true, force: true });
  rmSync(entryPath(entry.id), { force: true });
}

/** Removes the labs of owners that are gone; returns the ids. */
export function removeLeftovers(): readonly string[] {
  const removed: string[] = [];
  for (const file of entryFiles()) {
    const id = file.slice(0, -'.json'.length);
    const stored = readEntry(id);
    if (stored === undefined || startTicksOf(stored.pid) === stored.startTicks) continue;
    removeLab({ id, ...stored });
    removed.push(id);
  }
  return removed;
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined when there is no such process. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command in parentheses may contain blanks and parentheses itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function claim(id: string, entry: StoredEntry): boolean {
  try {
    writeFileSync(entryPath(id), JSON.stringify(entry), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readEntry(id: string): StoredEntry | undefined {
  try {
    return JSON.parse(readFileSync(entryPath(id), 'utf8')) as StoredEntry;
  } catch (error) {
    // Removed by another run meanwhile, or not yet written to its end: its owner is alive.
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function entryFiles(): readonly string[] {
  try {
    return readdirSync(registryDirectory).filter((file) => file.endsWith('.json'));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function removeNamespace(namespace: string): void {
  if (existsSync(join('/run/netns', namespace))) runCommandSync('ip', ['netns', 'del', namespace]);
  rmSync(join('/etc/netns', namespace), { recursive: true, force: true });
}

function entryPath(id: string): string {
  return join(registryDirectory, `${id}.json`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
