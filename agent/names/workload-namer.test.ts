import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/lab/run-command.ts';
import { walkCgroups } from './cgroup-walk.ts';
import type { PodNames } from './port.ts';
import { createWorkloadNamer, type LocalWorkloadNamer } from './workload-namer.ts';

const checkout = { namespace: 'shop', workload: 'deployment/checkout', pod: 'checkout-6d9f-abcde' };
const isRoot = process.getuid?.() === 0;
const cgroup2Path = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1] ?? '';
const cleanUps: (() => unknown)[] = [];
let clockMs = 0;
let nextCookie = 1n;

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function createNamer(pods?: PodNames): LocalWorkloadNamer {
  const namer = createWorkloadNamer({
    cluster: 'c',
    node: 'n',
    cgroup2Path,
    nowMs: () => clockMs,
    ...(pods !== undefined && { pods }),
  });
  cleanUps.push(() => namer[Symbol.dispose]());
  return namer;
}

async function addNetns(name: string): Promise<number> {
  await runCommand('ip', ['netns', 'add', name]);
  cleanUps.push(() => existsSync(`/run/netns/${name}`) && runCommand('ip', ['netns', 'del', name]));
  return statSync(`/run/netns/${name}`).ino;
}

function makeCgroup(path: string): { readonly id: bigint; readonly directory: string } {
  let directory = cgroup2Path;
  for (const part of path.split('/')) {
    directory = join(directory, part);
    if (existsSync(directory)) continue;
    mkdirSync(directory);
    const made = directory;
    cleanUps.push(() => rmdirSync(made));
  }
  return { id: statSync(directory, { bigint: true }).ino, directory };
}

/** A process that lives in a namespace without a name, until the end of the test. */
async function startInUnnamedNetns(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 60']);
  cleanUps.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  if (child.pid === undefined) throw new Error('unshare did not start');
  return child as ChildProcess & { readonly pid: number };
}

const owner = (netnsInode: number, cgroupId = 1n, netnsCookie = nextCookie++) => ({
  netnsCookie,
  netnsInode,
  cgroupId,
});
const ownInode = (): number => statSync('/proc/self/ns/net').ino;
const unique = (name: string): string => `${name}-${process.pid}`;

describe('createWorkloadNamer', () => {
  it('names the machine by its name', () => {
    expect(createNamer().subjectOf({ ...owner(ownInode()), netnsCookie: 7n })).toEqual({
      cluster: 'c',
      node: 'n',
      namespace: 'n',
      workload: 'host/n',
      netns_cookie: '7',
    });
  });

  it.skipIf(!isRoot)('names each of several new namespaces at its first packet', async () => {
    const namer = createNamer();
    for (const name of ['alpha', 'beta', 'gamma'].map(unique)) {
      const inode = await addNetns(name);
      clockMs += 100;
      expect(namer.subjectOf(owner(inode)).workload).toBe(`netns/${name}`);
    }
  });

  it.skipIf(!isRoot)(
    'follows a namespace that was made anew, with the inode of the old one or another',
    async () => {
      const namer = createNamer();
      const [first, second] = [unique('first'), unique('second')];
      const firstOwner = owner(await addNetns(first));
      expect(namer.subjectOf(firstOwner).workload).toBe(`netns/${first}`);
      await runCommand('ip', ['netns', 'del', first]);
      await addNetns(second);
      clockMs += 100;
      // Whether or not the kernel has reused the inode: a new cookie with the old inode is the new namespace.
      const inode = statSync(`/run/netns/${second}`).ino;
      expect(namer.subjectOf(owner(inode)).workload).toBe(`netns/${second}`);
      clockMs += 60_000;
      expect(namer.subjectOf(firstOwner).workload).toBe(`netns/${first}`);
      expect(namer.inodeOf(firstOwner.netnsCookie)).toBe(
        inode === firstOwner.netnsInode ? undefined : firstOwner.netnsInode,
      );
    },
  );

  it.skipIf(!isRoot)('takes over a new name', async () => {
    const namer = createNamer();
    const [before, after] = [unique('before'), unique('after')];
    const netns = owner(await addNetns(before));
    expect(namer.subjectOf(netns).workload).toBe(`netns/${before}`);
    writeFileSync(`/run/netns/${after}`, '');
    await runCommand('mount', ['--bind', `/run/netns/${before}`, `/run/netns/${after}`]);
    cleanUps.push(() => runCommand('ip', ['netns', 'del', after]));
    await runCommand('ip', ['netns', 'del', before]);
    clockMs += 1_100;
    expect(namer.subjectOf(netns).workload).toBe(`netns/${after}`);
  });

  it.skipIf(!isRoot)(
    'tells a namespace that is being taken apart by its having neither name nor process',
    async () => {
      const namer = createNamer();
      const name = unique('ending');
      const netns = owner(await addNetns(name));
      namer.subjectOf(netns);
      expect(namer.isEnding(netns)).toBe(false);
      await runCommand('ip', ['netns', 'del', name]);
      clockMs += 1_000;
      expect(namer.isEnding(netns)).toBe(true);
      // Never seen in use: /proc may hide its processes.
      const hidden = owner(1);
      namer.subjectOf(hidden);
      expect(namer.isEnding(hidden)).toBe(false);
      expect(namer.isEnding(owner(2))).toBe(false);
    },
  );

  it.skipIf(!isRoot)('does not take a nameless namespace with a process for an ending one', async () => {
    const namer = createNamer();
    const child = await startInUnnamedNetns();
    const netns = owner(statSync(`/proc/${child.pid}/ns/net`).ino);
    namer.subjectOf(netns);
    expect(namer.isEnding(netns)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    clockMs += 1_000;
    expect(namer.isEnding(netns)).toBe(true);
  });

  it.skipIf(!isRoot)('keeps the name of a namespace that is deleted while its sockets live on', async () => {
    const namer = createNamer();
    const name = unique('gone');
    const netns = owner(await addNetns(name));
    expect(namer.subjectOf(netns).workload).toBe(`netns/${name}`);
    await runCommand('ip', ['netns', 'del', name]);
    clockMs += 60_000;
    expect(namer.subjectOf(netns).workload).toBe(`netns/${name}`);
  });

  it.skipIf(!isRoot)('tells containers and units on the machine’s own network apart by cgroup', () => {
    const namer = createNamer();
    const id = process.pid.toString(16).padStart(64, 'c');
    const container = makeCgroup(`${unique('docker')}/${id}`);
    const unit = makeCgroup(unique('web') + '.slice/' + unique('nginx') + '.service');
    expect(namer.subjectOf(owner(ownInode(), container.id))).toMatchObject({
      workload: `container/${id.slice(0, 12)}`,
      container: id.slice(0, 12),
    });
    expect(namer.subjectOf(owner(ownInode(), unit.id)).workload).toBe(`unit/${unique('nginx')}.service`);
  });

  it.skipIf(!isRoot)(
    'prefers the name of a namespace to the unit that started it, a container to both',
    async () => {
      const namer = createNamer();
      const name = unique('named');
      const inode = await addNetns(name);
      const unit = makeCgroup(`${unique('runner')}.service`);
      const id = process.pid.toString(16).padStart(64, 'd');
      const container = makeCgroup(`${unique('docker')}/${id}`);
      expect(namer.subjectOf(owner(inode, unit.id)).workload).toBe(`netns/${name}`);
      expect(namer.subjectOf(owner(inode, container.id)).workload).toBe(`container/${id.slice(0, 12)}`);
    },
  );

  it.skipIf(!isRoot)('finds the container of a namespace without a name through its processes', async () => {
    const child = await startInUnnamedNetns();
    const inode = statSync(`/proc/${child.pid}/ns/net`).ino;
    const namer = createNamer();
    expect(namer.subjectOf(owner(inode)).workload).toBe(`netns/${inode}`);
    const id = process.pid.toString(16).padStart(64, 'e');
    const container = makeCgroup(`${unique('docker')}/${id}`);
    writeFileSync(join(container.directory, 'cgroup.procs'), `${child.pid}`);
    cleanUps.push(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    clockMs += 2_000;
    // As on machines with cgroup v1, where the socket itself tells only the root of cgroup2.
    expect(namer.subjectOf(owner(inode, 1n)).workload).toBe(`container/${id.slice(0, 12)}`);
  });

  it.skipIf(!isRoot)(
    'names pods by cgroup, as the cluster knows them, also on the machine’s own network',
    () => {
      const uid = '8f0c1f6e-2b1d-4c0a-9d55-0a1b2c3d4e5f';
      const ids = ['a', 'b'].map((digit) => process.pid.toString(16).padStart(64, digit));
      const [first, second] = ids.map((id) => makeCgroup(`${unique('kubepods')}/burstable/pod${uid}/${id}`));
      const containers: Record<string, string> = {
        [ids[0]?.slice(0, 12) ?? '']: 'app',
        [ids[1]?.slice(0, 12) ?? '']: 'proxy',
      };
      const namer = createNamer({
        find: ({ podUid, containerId }) =>
          podUid === uid
            ? { ...checkout, ...(containerId !== undefined && { container: containers[containerId] ?? '' }) }
            : undefined,
      });
      expect(namer.subjectOf({ ...owner(ownInode(), first?.id), netnsCookie: 9n })).toEqual({
        cluster: 'c',
        node: 'n',
        ...checkout,
        container: 'app',
        netns_cookie: '9',
      });
      expect(namer.subjectOf(owner(ownInode(), second?.id)).container).toBe('proxy');
      expect(namer.subjectOf(owner(ownInode())).workload).toBe('host/n');
      expect(namer.stats()).toMatchObject({ pod_rows_named: 2, pod_rows_unnamed: 0 });
    },
  );

  it.skipIf(!isRoot)('names a pod’s network by a process in it, without a container', async () => {
    const child = await startInUnnamedNetns();
    const inode = statSync(`/proc/${child.pid}/ns/net`).ino;
    const uid = '8f0c1f6e-2b1d-4c0a-9d55-0a1b2c3d4e60';
    const id = process.pid.toString(16).padStart(64, 'f');
    const container = makeCgroup(`${unique('kubepods')}/besteffort/pod${uid}/${id}`);
    writeFileSync(join(container.directory, 'cgroup.procs'), `${child.pid}`);
    cleanUps.push(async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    const namer = createNamer({
      find: ({ podUid, containerId }) =>
        podUid !== uid ? undefined : containerId === undefined ? checkout : { ...checkout, container: 'x' },
    });
    // As on machines with cgroup v1, where the socket itself tells only the root of cgroup2.
    expect(namer.subjectOf(owner(inode, 1n))).toMatchObject(checkout);
    expect(namer.subjectOf(owner(inode, 1n))).not.toHaveProperty('container');
  });

  it.skipIf(!isRoot)('waits for the name of a new pod, though not for long', () => {
    const uid = '8f0c1f6e-2b1d-4c0a-9d55-0a1b2c3d4e61';
    const id = process.pid.toString(16).padStart(64, '9');
    const container = makeCgroup(`${unique('kubepods')}/pod${uid}/${id}`);
    let known = false;
    const namer = createNamer({ find: () => (known ? checkout : undefined) });
    const pod = owner(ownInode(), container.id);
    expect(namer.isNamePending(pod)).toBe(true);
    clockMs += 1_900;
    expect(namer.isNamePending(pod)).toBe(true);
    clockMs += 200;
    expect(namer.isNamePending(pod)).toBe(false);
    expect(namer.subjectOf(pod)).toMatchObject({ namespace: 'n', workload: `pod/${uid}`, pod: uid });
    known = true;
    clockMs += 1_000;
    expect(namer.subjectOf(pod)).toMatchObject(checkout);
    expect(namer.stats()).toMatchObject({ pod_rows_named: 1, pod_rows_unnamed: 1 });
    expect(namer.isNamePending(owner(ownInode()))).toBe(false);
  });

  it('keeps its caches bounded and counts what it gives up', () => {
    const namer = createWorkloadNamer({
      cluster: 'c',
      node: 'n',
      cgroup2Path: undefined,
      nowMs: () => clockMs,
      maxNamespaces: 8,
      maxSubjects: 8,
    });
    for (let inode = 1; inode <= 100; inode++) namer.subjectOf(owner(inode));
    expect(namer.stats()).toMatchObject({
      namespaces: 8,
      namespaces_evicted: 92,
      subjects: 8,
      subjects_evicted: 92,
    });
  });
});

describe('walkCgroups', () => {
  it.skipIf(!isRoot)('finds the same ids that the kernel gives to sockets', () => {
    const { id, directory } = makeCgroup(`${unique('walk')}/inner`);
    const walk = walkCgroups(cgroup2Path, 5_000);
    expect(walk.paths.get(id)).toBe(directory);
    expect(walkCgroups(cgroup2Path, 1)).toMatchObject({ truncated: true });
  });
});
