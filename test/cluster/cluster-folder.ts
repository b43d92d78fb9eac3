import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Everything of a cluster is in one folder: configuration, certificates, logs, containers. It exists as long as the
 * cluster does, and its name is the claim on the name.
 */
const base = '/var/tmp/saccade-clusters';
const namePattern = /^[a-z0-9][a-z0-9-]{0,29}$/;

export function clusterFolder(name: string): string {
  if (!namePattern.test(name))
    throw new Error(`a cluster cannot be called '${name}': up to 30 of a-z, 0-9 and '-', no '-' first`);
  return join(base, name);
}

/** Fails when there is a cluster of this name. */
export function claimFolder(name: string): string {
  const folder = clusterFolder(name);
  mkdirSync(base, { recursive: true });
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error(`there is a cluster '${name}' already: node test/cluster/main.ts down ${name}`, {
      cause: error,
    });
  }
  return folder;
}

export function clusterNames(): readonly string[] {
  return existsSync(base) ? readdirSync(base).filter((name) => namePattern.test(name)) : [];
}

export function isReady(folder: string): boolean {
  return existsSync(join(folder, 'ready'));
}

/** The process whose namespaces are the node's. */
export function keeperPid(folder: string): string {
  return readPid(folder, 'keeper') ?? fail(`no cluster runs in ${folder}`);
}

/** A pid that a part of the cluster wrote down; undefined: not started yet. */
export function readPid(folder: string, part: string): string | undefined {
  const file = join(folder, `${part}.pid`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** Pids come back: this is only the guard if its command line names the folder. */
export function guardPid(folder: string): number | undefined {
  const pid = readPid(folder, 'guard');
  if (pid === undefined) return undefined;
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync(commandLine)) return undefined;
  return readFileSync(commandLine, 'utf8').split('\0').includes(folder) ? Number(pid) : undefined;
}

function fail(message: string): never {
  throw new Error(message);
}
