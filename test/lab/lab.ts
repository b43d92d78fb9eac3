import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Host } from './host.ts';
import {
  type HostPlan,
  type HostRequest,
  planHosts,
  routerAddress4,
  routerAddress6,
} from './address-plan.ts';
import { takeAddressBlock } from './address-block.ts';
import { isRegistered, type LabEntry, registerLab, removeLab, removeLeftovers } from './lab-registry.ts';
import { runCommand } from './run-command.ts';

export interface LabOptions {
  /** Names, or names with addresses; at most 50. */
  readonly hosts: readonly HostRequest[];
  /** Address that every host's /etc/resolv.conf names; none: no host can resolve anything. */
  readonly resolver?: string;
  /**
   * false: segments cross the wire one by one, as between machines, so that one dropped packet is one lost segment.
   * Default: true, super-packets as a plain veth pair carries them.
   */
  readonly segmentationOffload?: boolean;
  /** true: addresses that no other such lab has now, for those who look at several labs from outside. */
  readonly distinctAddresses?: boolean;
  /** Folders to remove with the lab, also by the next one if this process is killed. */
  readonly folders?: readonly string[];
}

/**
 * A network of its own inside this kernel: one namespace a host, joined by a router namespace, IPv4 and IPv6 from the
 * ranges for documentation. Nothing of it touches the machine's own network, so any number of labs run at once with
 * the same addresses. Names of namespaces are `<host>-<lab id>`; the lab id begins with this process's pid.
 *
 * ```
 * checkout-4711 eth0 ── to-checkout ┐
 *                                   ├ router-4711 (forwards)
 * payments-4711 eth0 ── to-payments ┘
 * ```
 */
export class Lab implements AsyncDisposable {
  readonly id: string;
  readonly router: Host;
  readonly #entry: LabEntry;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #onExit = (): void => {
    this.#remove();
  };

  constructor(entry: LabEntry, router: Host, hosts: readonly Host[]) {
    this.id = entry.id;
    this.router = router;
    this.#entry = entry;
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    // Any number of labs is right, and so is one listener for each: Node's warning of a leak is not for them.
    process.setMaxListeners(process.getMaxListeners() + 1);
    process.once('exit', this.#onExit);
  }

  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined)
      throw new Error(`this lab has no host ${name}: ${[...this.#hosts.keys()].join(', ')}`);
    return host;
  }

  get hosts(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** Ends all processes of the lab, then removes it. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (process.listeners('exit').includes(this.#onExit)) {
      process.removeListener('exit', this.#onExit);
      process.setMaxListeners(process.getMaxListeners() - 1);
    }
    await Promise.all(this.#all().map((host) => host.stopProcesses()));
    this.#remove();
  }

  #all(): readonly Host[] {
    return [this.router, ...this.#hosts.values()];
  }

  #remove(): void {
    for (const host of this.#all()) host.killProcesses();
    removeLab(this.#entry);
  }
}

/** Needs root and the commands `ip`, `nft`, `nsenter`, `setpriv`. Removes labs that killed processes left behind. */
export async function createLab(options: LabOptions): Promise<Lab> {
  removeLeftovers();
  const distinct = options.distinctAddresses === true;
  // Refused before anything is written down.
  const names = planHosts(options.hosts, distinct ? 1 : 0).map((plan) => plan.name);
  const entry = registerLab(['router', ...names], options.folders);
  const plans = planHosts(options.hosts, distinct ? takeAddressBlock(entry.id, isRegistered) : 0);
  const lab = assemble(entry, plans);
  try {
    await build(lab, plans, options);
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

function assemble(entry: LabEntry, plans: readonly HostPlan[]): Lab {
  const routerPlan = { name: 'router', address4: routerAddress4, address6: routerAddress6 };
  const router = new Host(routerPlan, `router-${entry.id}`, undefined);
  const hosts = plans.map((plan) => {
    const port = { router: router.namespace, device: portOf(plan) };
    return new Host(plan, `${plan.name}-${entry.id}`, port);
  });
  return new Lab(entry, router, hosts);
}

async function build(lab: Lab, plans: readonly HostPlan[], options: LabOptions): Promise<void> {
  const routerNamespace = lab.router.namespace;
  await runCommand('ip', ['-batch', '-'], namespacesAndCables(lab).join('\n'));
  await runCommand('ip', ['-n', routerNamespace, '-batch', '-'], routerSetUp(plans).join('\n'));
  await runCommand('nsenter', [`--net=/run/netns/${routerNamespace}`, 'sh', '-ec', forwardingScript]);
  await Promise.all(
    lab.hosts.map(async (host) => {
      await runCommand('ip', ['-n', host.namespace, '-batch', '-'], hostSetUp(host, options).join('\n'));
      await writeResolverFiles(host, lab.hosts, options.resolver);
    }),
  );
}

function namespacesAndCables(lab: Lab): readonly string[] {
  return [
    `netns add ${lab.router.namespace}`,
    ...lab.hosts.flatMap((host) => namespaceAndCable(lab.router, host)),
  ];
}

function namespaceAndCable(router: Host, host: Host): readonly string[] {
  return [
    `netns add ${host.namespace}`,
    `link add eth0 netns ${host.namespace} type veth peer name ${portOf(host)} netns ${router.namespace}`,
  ];
}

function routerSetUp(plans: readonly HostPlan[]): readonly string[] {
  return [
    'link set lo up',
    `addr add ${routerAddress4}/32 dev lo`,
    `addr add ${routerAddress6}/128 dev lo`,
    ...plans.flatMap(routerPortSetUp),
  ];
}

function routerPortSetUp(plan: Pick<HostPlan, 'name' | 'address4' | 'address6'>): readonly string[] {
  return [
    `link set ${portOf(plan)} up`,
    // nodad: duplicate address detection would hold every address back for a second.
    `addr add fe80::1/64 dev ${portOf(plan)} nodad`,
    `route add ${plan.address4}/32 dev ${portOf(plan)}`,
    `route add ${plan.address6}/128 dev ${portOf(plan)}`,
  ];
}

/** As a pod that is replaced: the namespace ends with all that runs in it, and one of the same name and addresses begins. */
export async function recreateHost({ router }: Lab, host: Host): Promise<void> {
  await runCommand('ip', ['netns', 'del', host.namespace]);
  await host.stopProcesses();
  // The kernel takes a namespace apart in its own time, and its cable with it.
  await router.runInNetwork('sh', ['-c', `ip link del ${portOf(host)} 2>/dev/null || true`]);
  await runCommand('ip', ['-batch', '-'], namespaceAndCable(router, host).join('\n'));
  await runCommand('ip', ['-n', router.namespace, '-batch', '-'], routerPortSetUp(host).join('\n'));
  await runCommand('ip', ['-n', host.namespace, '-batch', '-'], hostSetUp(host, {}).join('\n'));
}

/** /proc/sys/net shows the namespace of the process that opens it. */
const forwardingScript = `
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
`;

function hostSetUp(host: Host, options: Pick<LabOptions, 'segmentationOffload'>): readonly string[] {
  const wholeSegments = options.segmentationOffload === false ? ['link set eth0 gso_max_segs 1'] : [];
  return [
    'link set lo up',
    ...wholeSegments,
    'link set eth0 up',
    `addr add ${host.address4}/32 dev eth0`,
    `addr add ${host.address6}/128 dev eth0 nodad`,
    `route add default via ${routerAddress4} dev eth0 onlink`,
    'route add default via fe80::1 dev eth0',
  ];
}

/** `ip netns exec` mounts these over /etc of what it runs. */
async function writeResolverFiles(
  host: Host,
  hosts: readonly Host[],
  resolver: string | undefined,
): Promise<void> {
  const directory = join('/etc/netns', host.namespace);
  const names = hosts.flatMap((other) => [
    `${other.address4} ${other.name}`,
    `${other.address6} ${other.name}`,
  ]);
  const servers = resolver === undefined ? '' : `nameserver ${resolver}\noptions timeout:1 attempts:3\n`;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'hosts'), `127.0.0.1 localhost\n::1 localhost\n${names.join('\n')}\n`);
  await writeFile(join(directory, 'resolv.conf'), servers);
}

/** Interface names hold 15 bytes. */
function portOf(host: { readonly name: string }): string {
  return `to-${host.name}`;
}
