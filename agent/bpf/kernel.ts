import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { join } from 'node:path';

/** What the tool chain calls the machine (`bpf/build/ARCH`). */
export type BpfArchitecture = 'x86' | 'arm64';

export interface KernelProblem {
  readonly code: 'not_linux' | 'architecture' | 'rights' | 'btf' | 'cgroup2' | 'tracefs' | 'bpffs';
  readonly reason: string;
  readonly remedy: string;
  /** true: no eBPF at all; false: goes on with less. */
  readonly fatal: boolean;
}

export interface KernelSupport {
  /** eBPF can be used; `problems` may still name what is missing. */
  readonly usable: boolean;
  readonly release: string;
  readonly architecture: BpfArchitecture | undefined;
  /** Mount point of the cgroup2 hierarchy. */
  readonly cgroup2Path: string | undefined;
  readonly tracefs: boolean;
  /** May enter other network namespaces (CAP_SYS_ADMIN): needed for sockets older than the agent in them. */
  readonly canEnterNamespaces: boolean;
  readonly problems: readonly KernelProblem[];
}

/** What the probe reads, so that tests can say what a machine is like. */
export interface KernelSources {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly release: string;
  readText(path: string): string;
  exists(path: string): boolean;
  /** Returns why it failed, undefined when mounted. */
  mount(type: string, path: string): string | undefined;
}

const capabilities = { netAdmin: 12, sysAdmin: 21, perfmon: 38, bpf: 39 } as const;
type Capability = keyof typeof capabilities;

/** What eBPF can do here and, where it cannot, why and what to do. Mounts tracefs and bpffs where missing and allowed. */
export function probeKernel(sources: KernelSources = machineSources): KernelSupport {
  const absent = {
    release: sources.release,
    cgroup2Path: undefined,
    tracefs: false,
    canEnterNamespaces: false,
  };
  if (sources.platform !== 'linux')
    return { ...absent, usable: false, architecture: undefined, problems: [notLinux(sources.platform)] };
  const architecture = toArchitecture(sources.arch);
  const has = readCapabilities(sources);
  const cgroup2Path = findMount(sources, 'cgroup2');
  const tracefs = ensureMounted(sources, 'tracefs', '/sys/kernel/tracing', has('sysAdmin'));
  const bpffs = ensureMounted(sources, 'bpf', '/sys/fs/bpf', has('sysAdmin'));
  const problems = [
    architecture === undefined && unknownArchitecture(sources.arch),
    missingRights(has),
    !sources.exists('/sys/kernel/btf/vmlinux') && missingBtf(sources.release),
    cgroup2Path === undefined && missingCgroup2,
    !tracefs && missingTracefs,
    !bpffs && missingBpffs,
  ].filter((problem) => problem !== false);
  return {
    usable: !problems.some((problem) => problem.fatal),
    release: sources.release,
    architecture,
    cgroup2Path,
    tracefs,
    canEnterNamespaces: has('sysAdmin'),
    problems,
  };
}

/** Path of a compiled family: `bpf/build/x86/tcp.bpf.o`. */
export function bpfObjectPath(bpfDirectory: string, architecture: BpfArchitecture, family: string): string {
  return join(bpfDirectory, 'build', architecture, `${family}.bpf.o`);
}

const machineSources: KernelSources = {
  platform: process.platform,
  arch: process.arch,
  release: release(),
  readText: (path) => readFileSync(path, 'utf8'),
  exists(path) {
    if (!existsSync(path)) return false;
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false; // There but not readable is as good as absent: the reason names the path.
    }
  },
  mount(type, path) {
    const mounted = spawnSync('mount', ['-t', type, 'none', path], { encoding: 'utf8', timeout: 5_000 });
    return mounted.status === 0 ? undefined : (mounted.error?.message ?? mounted.stderr);
  },
};

function toArchitecture(arch: string): BpfArchitecture | undefined {
  if (arch === 'x64') return 'x86';
  return arch === 'arm64' ? 'arm64' : undefined;
}

/** Effective capabilities of this process: https://man7.org/linux/man-pages/man7/capabilities.7.html */
function readCapabilities(sources: KernelSources): (capability: Capability) => boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(sources.readText('/proc/self/status'))?.[1] ?? '0';
  const effective = BigInt(`0x${hex}`);
  return (capability) => ((effective >> BigInt(capabilities[capability])) & 1n) === 1n;
}

function findMount(sources: KernelSources, type: string): string | undefined {
  const mounts = sources.readText('/proc/mounts').split('\n');
  const fields = mounts.map((line) => line.split(' ')).find((line) => line[2] === type);
  // Spaces stand as octal escapes.
  return fields?.[1]?.replaceAll('\\040', ' ');
}

function ensureMounted(sources: KernelSources, type: string, path: string, allowed: boolean): boolean {
  if (findMount(sources, type) !== undefined) return true;
  return allowed && sources.exists(path) && sources.mount(type, path) === undefined;
}

function missingRights(has: (capability: Capability) => boolean): KernelProblem | false {
  const needed: readonly Capability[] = has('sysAdmin') ? ['netAdmin'] : ['bpf', 'perfmon', 'netAdmin'];
  const missing = needed.filter((capability) => !has(capability));
  if (missing.length === 0) return false;
  const names = {
    bpf: 'CAP_BPF',
    perfmon: 'CAP_PERFMON',
    netAdmin: 'CAP_NET_ADMIN',
    sysAdmin: 'CAP_SYS_ADMIN',
  };
  const list = missing.map((capability) => names[capability]).join(', ');
  return {
    code: 'rights',
    reason: `this process lacks ${list}`,
    remedy: `run as root, or give the container ${list}`,
    fatal: true,
  };
}

function notLinux(platform: string): KernelProblem {
  return {
    code: 'not_linux',
    reason: `eBPF exists on Linux only, this is ${platform}`,
    remedy: 'run the agent on a Linux machine; rules and recordings work here',
    fatal: true,
  };
}

function unknownArchitecture(arch: string): KernelProblem {
  return {
    code: 'architecture',
    reason: `no compiled programs for ${arch}`,
    remedy: 'run on x86-64 or arm64',
    fatal: true,
  };
}

function missingBtf(kernelRelease: string): KernelProblem {
  return {
    code: 'btf',
    reason: `kernel ${kernelRelease} has no readable /sys/kernel/btf/vmlinux`,
    remedy: 'use a kernel with CONFIG_DEBUG_INFO_BTF (Debian 11, Ubuntu 20.10, RHEL 8.2 and newer have it)',
    fatal: true,
  };
}

const missingCgroup2: KernelProblem = {
  code: 'cgroup2',
  reason: 'no cgroup2 hierarchy is mounted',
  remedy: 'mount -t cgroup2 none /sys/fs/cgroup, or mount the host’s /sys/fs/cgroup into the container',
  fatal: true,
};

const missingTracefs: KernelProblem = {
  code: 'tracefs',
  reason: 'no tracefs is mounted, and mounting it is not allowed',
  remedy: 'mount -t tracefs none /sys/kernel/tracing',
  fatal: false,
};

const missingBpffs: KernelProblem = {
  code: 'bpffs',
  reason: 'no bpffs is mounted, and mounting it is not allowed',
  remedy: 'mount -t bpf none /sys/fs/bpf',
  fatal: false,
};
