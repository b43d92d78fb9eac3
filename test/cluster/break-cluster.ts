import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPid } from './cluster-folder.ts';
import type { ClusterNode } from './cluster-node.ts';

/** SIGKILL for the first process of every container that a label selector finds; the kubelet starts them again. */
export async function killPods(cluster: ClusterNode, namespace: string, selector: string): Promise<void> {
  const names = await cluster.pods(namespace, selector);
  if (names.length === 0) throw new Error(`${namespace} has no running pod with ${selector}`);
  for (const name of names) {
    const { pid } = await cluster.podNetwork(namespace, name);
    process.kill(Number(pid), 'SIGKILL');
  }
}

/** A part of the node, e.g. `kube-apiserver`, is gone at once; nothing starts it again. */
export function killPart(cluster: ClusterNode, part: string): void {
  const pid = readPid(cluster.folder, part);
  if (pid === undefined) throw new Error(`${part} does not run`);
  process.kill(Number(pid), 'SIGKILL');
}

/** After `killPart`: with the same storage and certificates. Resolved when it answers. */
export async function restartApiServer(cluster: ClusterNode): Promise<void> {
  // The one before holds its port until the kernel is through with it.
  await cluster.waitFor('the end of the API server', async () => hasEnded(cluster) || undefined);
  const words = readFileSync(join(cluster.folder, 'api-server.command'), 'utf8').trim().split('\n');
  const [command = '', ...entering] = cluster.entering;
  const child = spawn(command, [...entering, 'sh', '-c', joinAndRun(cluster.folder), ...words], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, ...cluster.environment },
  });
  await once(child, 'spawn');
  child.unref();
  await cluster.waitFor('an API server', async () => {
    if (child.exitCode !== null)
      throw new Error(`the API server ended with ${child.exitCode}: ${lastWords(cluster)}`);
    return (await isReady(cluster)) || undefined;
  });
}

/** Well within the time-out of who asks, so that what is told is slowness and no failure. */
const stoppedMs = 2_000;
const runningMs = 500;

/**
 * An API server that gets to work only now and then, as on a node without a free processor: it answers everything, some
 * seconds late. Until it is disposed of.
 */
export function slowApiServer(cluster: ClusterNode): AsyncDisposable {
  const pid = Number(readPid(cluster.folder, 'kube-apiserver'));
  const ending = new AbortController();
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: ending.signal }).catch((error: unknown) => {
      if (!ending.signal.aborted) throw error;
    });
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      process.kill(pid, 'SIGSTOP');
      await pause(stoppedMs);
      process.kill(pid, 'SIGCONT');
      await pause(runningMs);
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await running;
    },
  };
}

/**
 * Nobody reaps the parts of a node: what has ended stays as a zombie. Already its first thread is one while others still
 * end, and with them the sockets.
 */
function hasEnded(cluster: ClusterNode): boolean {
  const folder = `/proc/${readPid(cluster.folder, 'kube-apiserver')}`;
  if (!existsSync(folder)) return true;
  const isZombie = readFileSync(join(folder, 'stat'), 'utf8').split(') ').at(-1)?.startsWith('Z') === true;
  return isZombie && readdirSync(join(folder, 'task')).length <= 1;
}

const lastWords = ({ folder }: ClusterNode): string =>
  readFileSync(join(folder, 'logs', 'kube-apiserver.log'), 'utf8')
    .split('\n')
    .slice(-4)
    .join('\n');

/** It must be in the cluster's cgroup, in every hierarchy, or it would outlive the cluster. */
function joinAndRun(folder: string): string {
  return `
while read -r _ mount _; do echo $$ >"$mount/system.slice/kube-apiserver.service/cgroup.procs"; done <'${folder}/cgroups'
echo $$ >'${folder}/kube-apiserver.pid'
exec "$0" "$@" >>'${folder}/logs/kube-apiserver.log' 2>&1
`;
}

async function isReady(cluster: ClusterNode): Promise<boolean> {
  try {
    return (await cluster.kubectl(['get', '--raw', '/readyz'])) === 'ok';
  } catch {
    // Not yet; the deadline of whoever waits decides.
    return false;
  }
}
