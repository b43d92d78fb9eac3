import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../lab/host.ts';
import type { LabProcess } from '../lab/lab-process.ts';

/**
 * A part of this machine that stands for a node: a cgroup of its own. An agent started in it takes it for the root of
 * all cgroups, so its programs see the sockets of the processes in there and no others.
 */
export interface NodeCgroup extends AsyncDisposable {
  readonly name: string;
  /** Words before a program that shall run in there as on a machine of its own. */
  readonly agentPrefix: readonly string[];
  /** Starts a program of the lab in a host of the lab, on this node. */
  spawnProgram(host: Host, program: string, args: readonly string[]): LabProcess;
}

export function createNodeCgroup(name: string): NodeCgroup {
  const root = cgroup2Root();
  const path = join(root, `saccade-node-${process.pid}-${name}`);
  mkdirSync(path);
  const enter = `echo $$ > ${path}/cgroup.procs && exec`;
  const remount = `umount ${root} && mount -t cgroup2 none ${root} && exec "$@"`;
  return {
    name,
    agentPrefix: ['sh', '-c', `${enter} unshare -C -m sh -c '${remount}' sh "$@"`, 'sh'],
    spawnProgram: (host, program, args) =>
      host.spawnBeside('sh', [
        ...['-c', `${enter} "$@"`, 'sh', 'ip', 'netns', 'exec', host.namespace],
        ...[process.execPath, program, ...args],
      ]),
    async [Symbol.asyncDispose]() {
      // Its processes have been told to end; a cgroup can go when it is empty.
      writeFileSync(join(path, 'cgroup.kill'), '1');
      for (let tries = 0; tries < 100; tries += 1) {
        if (removed(path)) return;
        await sleep(50);
      }
    },
  };
}

function cgroup2Root(): string {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2');
  if (mount?.[1] === undefined) throw new Error('no cgroup2 is mounted');
  return mount[1];
}

function removed(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}
