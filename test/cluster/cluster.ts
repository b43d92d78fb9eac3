import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { clusterBinaries } from './binaries.ts';
import { claimFolder, clusterFolder, clusterNames, guardPid, isReady } from './cluster-folder.ts';
import { ClusterNode } from './cluster-node.ts';
import { clusterImages } from './images.ts';
import { runLong } from './run-long.ts';

export interface ClusterOptions {
  /** Unique on this machine while the cluster runs; default: `test-` and this process's id. */
  readonly name?: string;
  /**
   * `owner` (default): it ends with this process, however that dies. `nobody`: it stays until `stopCluster` or its
   * deadline.
   */
  readonly until?: 'owner' | 'nobody';
  /** It is taken down then in any case. */
  readonly lifeSeconds?: number;
}

/** A real one-node Kubernetes; disposing of it takes it down and all that ever ran in it. */
export type Cluster = ClusterNode & AsyncDisposable;

const scripts = fileURLToPath(new URL('node/', import.meta.url));
const startTimeoutMs = 180_000;
const defaultLifeSeconds = 1_800;

/** Needs root. Builds Kubernetes where that was not done yet; then it takes about ten seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  await removeLeftovers();
  const binaries = clusterBinaries();
  const images = await clusterImages(binaries);
  const folder = claimFolder(options.name ?? `test-${process.pid}`);
  const guard = startGuard(folder, options);
  const stop = async (): Promise<void> => {
    guard.stdin?.end();
    if (guard.exitCode === null && guard.signalCode === null) await once(guard, 'exit');
  };
  try {
    await runLong('bash', [join(scripts, 'configure.sh'), folder]);
    await launchNode(folder, binaries, images);
  } catch (error) {
    // Without an owner the guard waits for its deadline.
    await (options.until === 'nobody' ? stopCluster(folder) : stop());
    throw error;
  }
  return Object.assign(new ClusterNode(folder, binaries), { [Symbol.asyncDispose]: stop });
}

/** One that runs already, whoever started it. */
export function openCluster(name: string): ClusterNode {
  const folder = clusterFolder(name);
  if (!isReady(folder)) throw new Error(`no cluster '${name}' runs; there are: ${clusterNames().join(' ')}`);
  return new ClusterNode(folder, clusterBinaries());
}

export async function stopCluster(folder: string): Promise<void> {
  const guard = guardPid(folder);
  if (guard !== undefined) process.kill(guard, 'SIGKILL');
  await runLong('bash', [join(scripts, 'stop.sh'), folder]);
}

/** Clusters whose guard was killed, too. */
async function removeLeftovers(): Promise<void> {
  const folders = clusterNames().map(clusterFolder);
  for (const folder of folders)
    if (guardPid(folder) === undefined && isReady(folder)) await stopCluster(folder);
}

function startGuard(folder: string, options: ClusterOptions): ChildProcess {
  const { until = 'owner', lifeSeconds = defaultLifeSeconds } = options;
  // A session of its own: an interrupt from the keyboard is for the owner, and the guard then has work to do.
  const guard = spawn('bash', [join(scripts, 'guard.sh'), folder, String(lifeSeconds), until], {
    detached: true,
    stdio: [until === 'owner' ? 'pipe' : 'ignore', 'ignore', 'ignore'],
  });
  guard.unref();
  writeFileSync(join(folder, 'guard.pid'), `${guard.pid}\n`);
  return guard;
}

async function launchNode(folder: string, binaries: string, images: string): Promise<void> {
  const log = join(folder, 'start.log');
  const fd = openSync(log, 'a');
  const keeper = spawn('bash', [join(scripts, 'start.sh'), folder, binaries, images], {
    detached: true,
    stdio: ['ignore', fd, fd],
  });
  keeper.unref();
  closeSync(fd);
  const until = Date.now() + startTimeoutMs;
  while (!isReady(folder)) {
    if (keeper.exitCode !== null || keeper.signalCode !== null || Date.now() > until)
      throw new Error(`the cluster did not start:\n${readFileSync(log, 'utf8')}`);
    await sleep(50);
  }
}
