import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clusterFolder, keeperPid } from './cluster-folder.ts';
import { clusterPlan } from './cluster-plan.ts';
import { startCluster } from './cluster.ts';
import { runLong } from './run-long.ts';

const sysctls = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory', 'kernel/keys/root_maxkeys'];
const machineSysctls = (): readonly string[] =>
  sysctls.map((name) => readFileSync(`/proc/sys/${name}`, 'utf8').trim());

const machineMounts = (): string =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes('saccade-clusters'))
    .join('\n');

const podYaml = `
apiVersion: v1
kind: Pod
metadata: { name: probe }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: shell, image: 'localhost/busybox:1', imagePullPolicy: Never, command: [sleep, '1000'] }
`;

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a test cluster', () => {
  it('is one, beside another, and leaves nothing behind', { timeout: 240_000 }, async () => {
    const before = machineSysctls();
    const folders: string[] = [];
    {
      const names = [`a-${process.pid}`, `b-${process.pid}`];
      await using both = new AsyncDisposableStack();
      const clusters = await Promise.all(names.map((name) => startCluster({ name })));
      for (const cluster of clusters) both.use(cluster);
      folders.push(...clusters.map(({ folder }) => folder));
      await Promise.all(
        clusters.map(async (cluster) => {
          await cluster.apply(podYaml);
          await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/probe', '--timeout=60s']);
          await cluster.rolledOut('kube-system', 'deployment/coredns');
          const said = await cluster.kubectl([
            ...['exec', 'probe', '--', 'nslookup', '-type=a'],
            'kube-dns.kube-system.svc.cluster.local',
          ]);
          expect(said).toContain(clusterPlan.dnsAddress);
        }),
      );
      // Paths of cgroups read as on a machine, and each pod is in its own cluster only.
      const [first, second] = clusters;
      const path = await first?.kubectl(['exec', 'probe', '--', 'cat', '/proc/self/cgroup']);
      expect(path).toMatch(/^0::\/kubepods\/besteffort\/pod[0-9a-f-]{36}\/[0-9a-f]{64}$/m);
      const [, uid = ''] = /pod([0-9a-f-]{36})/.exec(path ?? '') ?? [];
      const groups = await second?.nsenter(['find', '/sys/fs/cgroup', '-name', 'pod*']);
      expect(groups).not.toContain(uid);
      expect(machineSysctls()).toEqual(before);
    }
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(machineMounts()).toBe('');
    expect(
      await runLong('find', ['/sys/fs/cgroup', '-maxdepth', '5', '-name', `saccade-*-${process.pid}`]),
    ).toBe('');
  });

  it('is gone when its owner was killed', { timeout: 120_000 }, async () => {
    const name = `orphan-${process.pid}`;
    const owner = spawn(
      process.execPath,
      [fileURLToPath(new URL('testing/owner.ts', import.meta.url)), name],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    expect(line).toBe('started');
    const keeper = keeperPid(clusterFolder(name));
    owner.kill('SIGKILL');
    await waitUntil(() => !existsSync(clusterFolder(name)));
    // Killed; whoever it fell to reaps it in its own time.
    await waitUntil(() => !existsSync(`/proc/${keeper}`));
  });
});
