import type { HostPlan } from './address-plan.ts';
import type { LabProcess } from './lab-process.ts';
import { type Network, networkOf } from './network.ts';
import { startLabProcess } from './start-lab-process.ts';

/** The router's end of a host's cable. */
export interface RouterPort {
  readonly router: string;
  readonly device: string;
}

const maxProcesses = 64;

/** One host of a lab: a network namespace, its addresses and the processes in it. */
export class Host implements Network {
  readonly name: string;
  readonly address4: string;
  readonly address6: string;
  /** Its name under /run/netns. */
  readonly namespace: string;
  readonly routerPort: RouterPort | undefined;
  readonly #processes = new Set<LabProcess>();

  constructor(plan: HostPlan, namespace: string, routerPort: RouterPort | undefined) {
    this.name = plan.name;
    this.address4 = plan.address4;
    this.address6 = plan.address6;
    this.namespace = namespace;
    this.routerPort = routerPort;
  }

  /**
   * Starts a process that lives in this host: its network, /etc/hosts and /etc/resolv.conf. The kernel kills it
   * when this process dies, however that happens. For the mounts of the machine instead (cgroups, above all),
   * use `runInNetwork`.
   */
  spawn(command: string, args: readonly string[]): LabProcess {
    return this.spawnBeside('ip', ['netns', 'exec', this.namespace, command, ...args]);
  }

  /** Starts a process on the machine itself that ends with this host. */
  spawnBeside(command: string, args: readonly string[]): LabProcess {
    if (this.#processes.size >= maxProcesses)
      throw new Error(`${this.name} runs ${maxProcesses} processes already`);
    const what = `${[command, ...args].join(' ')} of ${this.namespace}`;
    const labProcess = startLabProcess(command, args, what);
    this.#processes.add(labProcess);
    void labProcess.exited.then(() => this.#processes.delete(labProcess));
    return labProcess;
  }

  /** Starts a program of the lab, by its file, under the Node that runs now. */
  spawnProgram(program: string, args: readonly string[]): LabProcess {
    return this.spawn(process.execPath, [program, ...args]);
  }

  /** Runs one command to its end in this host's network only; it sees the machine's mounts. */
  runInNetwork(command: string, args: readonly string[], input = ''): Promise<string> {
    return networkOf(this.namespace).runInNetwork(command, args, input);
  }

  async stopProcesses(): Promise<void> {
    await Promise.all([...this.#processes].map((labProcess) => labProcess.stop()));
  }

  /** For an exit handler: no waiting. */
  killProcesses(): void {
    for (const labProcess of this.#processes) labProcess.kill();
  }
}
