import { describe, expect, it } from 'vitest';
import { bpfObjectPath, probeKernel, type KernelSources } from './kernel.ts';

const allCapabilities = '000001ffffffffff';
const mounts =
  'none /sys/fs/cgroup cgroup2 rw 0 0\nnone /sys/kernel/tracing tracefs rw 0 0\nnone /sys/fs/bpf bpf rw 0 0\n';

function machine(changes: Partial<KernelSources> & { files?: Record<string, string> } = {}): KernelSources {
  const files: Record<string, string> = {
    '/proc/self/status': `Name:\tnode\nCapEff:\t${allCapabilities}\n`,
    '/proc/mounts': mounts,
    ...changes.files,
  };
  return {
    platform: 'linux',
    arch: 'x64',
    release: '6.18.0',
    readText: (path) => files[path] ?? '',
    exists: () => true,
    mount: () => undefined,
    ...changes,
  };
}

const capabilities = (...bits: number[]): Record<string, string> => ({
  '/proc/self/status': `CapEff:\t${bits
    .reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
    .toString(16)
    .padStart(16, '0')}\n`,
});

describe('probing the kernel', () => {
  it('finds nothing missing on a machine that has everything', () => {
    expect(probeKernel(machine())).toEqual({
      usable: true,
      release: '6.18.0',
      architecture: 'x86',
      cgroup2Path: '/sys/fs/cgroup',
      tracefs: true,
      canEnterNamespaces: true,
      problems: [],
    });
  });

  it('finds cgroup2 where it is mounted beside cgroup v1', () => {
    const hybrid =
      'cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/uni\\040fied cgroup2 rw 0 0\n';
    expect(probeKernel(machine({ files: { '/proc/mounts': hybrid } })).cgroup2Path).toBe(
      '/sys/fs/cgroup/uni fied',
    );
  });

  it.each([
    ['not Linux', machine({ platform: 'darwin' }), 'not_linux'],
    ['an unknown architecture', machine({ arch: 'riscv64' }), 'architecture'],
    ['no rights', machine({ files: capabilities() }), 'rights'],
    ['no BTF', machine({ exists: (path) => path !== '/sys/kernel/btf/vmlinux' }), 'btf'],
    ['no cgroup2', machine({ files: { '/proc/mounts': '' } }), 'cgroup2'],
  ] as const)('is unusable with %s, and says what to do', (_name, sources, code) => {
    const support = probeKernel(sources);
    expect(support.usable).toBe(false);
    const problem = support.problems.find((found) => found.fatal);
    expect(problem?.code).toBe(code);
    expect(problem?.remedy).not.toBe('');
  });

  it('is content with BPF, PERFMON and NET_ADMIN, but cannot enter namespaces then', () => {
    const support = probeKernel(machine({ files: capabilities(12, 38, 39) }));
    expect(support).toMatchObject({ usable: true, canEnterNamespaces: false });
    expect(probeKernel(machine({ files: capabilities(12, 39) })).problems[0]?.reason).toBe(
      'this process lacks CAP_PERFMON',
    );
  });

  it('mounts tracefs and bpffs, and goes on where it may not', () => {
    const mounted: string[] = [];
    const bare = { '/proc/mounts': 'none /sys/fs/cgroup cgroup2 rw 0 0\n' };
    const mount = (type: string, path: string): undefined => void mounted.push(`${type} ${path}`);
    expect(probeKernel(machine({ files: bare, mount })).problems).toEqual([]);
    expect(mounted).toEqual(['tracefs /sys/kernel/tracing', 'bpf /sys/fs/bpf']);
    const refused = probeKernel(machine({ files: bare, mount: () => 'permission denied' }));
    expect(refused.usable).toBe(true);
    expect(refused.problems.map(({ code }) => code)).toEqual(['tracefs', 'bpffs']);
  });

  it('knows where the objects lie', () => {
    expect(bpfObjectPath('/opt/saccade/bpf', 'arm64', 'tcp')).toBe('/opt/saccade/bpf/build/arm64/tcp.bpf.o');
  });
});
