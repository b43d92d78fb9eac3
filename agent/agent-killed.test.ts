import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { whyNoLab } from '../test/lab/lab-support.ts';
import { createLab } from '../test/lab/lab.ts';
import { startClient, startServer } from '../test/lab/traffic.ts';
import { probeKernel } from './bpf/kernel.ts';

const cannotRun = !probeKernel().usable || whyNoLab() !== undefined;

/** An agent in a process of its own, so that it can be killed. */
const script = `
  import { createAgent } from ${JSON.stringify(new URL('./agent.ts', import.meta.url).href)};
  import { createNames } from ${JSON.stringify(new URL('./names/create-names.ts', import.meta.url).href)};
  import { createProbes } from ${JSON.stringify(new URL('./probes/registry.ts', import.meta.url).href)};
  import { agentSettingsSchema } from ${JSON.stringify(new URL('./settings.ts', import.meta.url).href)};
  import { probeKernel } from ${JSON.stringify(new URL('./bpf/kernel.ts', import.meta.url).href)};
  const [bpfDirectory] = process.argv.slice(1);
  const [cluster, node, kernel] = ['c1', 'n1', probeKernel()];
  const names = createNames({ cluster, node, kernel, bpfDirectory, nowMs: () => Date.now() });
  const quiet = { info() {}, warn() {}, error() {} };
  const agent = createAgent({
    cluster, node, kernel, logger: quiet,
    probes: createProbes({ kernel, bpfDirectory, names, settings: agentSettingsSchema.parse({}) }),
    workloadNamer: names.workloads, peerNamer: names.peers, processNamer: names.processes,
    emit: (batch) => process.stdout.write(JSON.stringify(batch) + '\\n'),
  });
  const report = await agent.start();
  process.stdout.write(JSON.stringify(report.signals) + '\\n');
`;

function startAgent(): ChildProcess {
  const bpfDirectory = new URL('../bpf', import.meta.url).pathname;
  return spawn(process.execPath, ['--input-type=module', '-e', script, bpfDirectory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Ids of the kernel objects that a process holds, by the kernel's own `fdinfo`. */
function heldBy(pid: number | undefined, kind: 'prog' | 'link'): readonly string[] {
  const directory = `/proc/${pid}/fdinfo`;
  return readdirSync(directory).flatMap((fd) => {
    const info = readFileSync(`${directory}/${fd}`, 'utf8');
    return new RegExp(`^${kind}_id:\\s*(\\d+)$`, 'm').exec(info)?.slice(1) ?? [];
  });
}

function isInKernel(kind: 'prog' | 'link', id: string): boolean {
  return spawnSync('bpftool', [kind, 'show', 'id', id]).status === 0;
}

describe.skipIf(cannotRun)('a killed agent', () => {
  it('leaves nothing in the kernel, and the traffic that it watched goes on', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    const server = await startServer(lab.host('server'));
    await startClient(lab.host('client'), { target: lab.host('server').address4, connections: 4, rate: 100 });
    const answered = (): number =>
      Math.max(0, ...server.lines.map((line) => (JSON.parse(line) as { requests?: number }).requests ?? 0));

    const agent = startAgent();
    await once(agent.stdout ?? agent, 'data');
    const held = (['prog', 'link'] as const).flatMap((kind) =>
      heldBy(agent.pid, kind).map((id) => ({ kind, id })),
    );
    expect(held.filter(({ kind }) => kind === 'prog').length).toBeGreaterThanOrEqual(4);
    expect(held.every(({ kind, id }) => isInKernel(kind, id))).toBe(true);
    const before = answered();
    await vi.waitFor(() => expect(answered()).toBeGreaterThan(before + 200), 10_000);

    const exited = once(agent, 'exit');
    agent.kill('SIGKILL');
    await exited;
    // The kernel frees programs after a grace period.
    await vi.waitFor(() => expect(held.filter(({ kind, id }) => isInKernel(kind, id))).toEqual([]), 5_000);
    const after = answered();
    await vi.waitFor(() => expect(answered()).toBeGreaterThan(after + 200), 10_000);
  });
});
