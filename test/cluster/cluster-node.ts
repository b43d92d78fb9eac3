import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network } from '../lab/network.ts';
import { keeperPid, readPid } from './cluster-folder.ts';
import { clusterPlan } from './cluster-plan.ts';
import { runLong } from './run-long.ts';

/** A pod as tests break it: the network of its sandbox, as `injectFault` wants it. */
export interface PodNetwork extends Network {
  readonly address: string;
  readonly pid: string;
}

interface PodStatus {
  readonly podIP?: string;
  readonly containerStatuses?: readonly { readonly containerID?: string }[];
}

const pollMs = 100;

/** Ways into a running cluster. */
export class ClusterNode {
  readonly folder: string;
  /** Of an administrator. The API server's address in it is one of the node's network. */
  readonly kubeconfig: string;
  readonly #binaries: string;

  constructor(folder: string, binaries: string) {
    this.folder = folder;
    this.kubeconfig = join(folder, 'admin.kubeconfig');
    this.#binaries = binaries;
  }

  /** What put before a command runs it on the node: its mounts, network and cgroups; the folder is then `/`. */
  get entering(): readonly string[] {
    return ['nsenter', '-t', keeperPid(this.folder), '-m', '-n', '-C', '--'];
  }

  /** The same for the network only: files and folder stay the caller's. */
  get enteringNetwork(): readonly string[] {
    return ['nsenter', '-t', keeperPid(this.folder), '-n', '--'];
  }

  /** The network outside of the cluster, which has every address of `clusterPlan.worldRange`. */
  get enteringWorld(): readonly string[] {
    return ['nsenter', '-t', readPid(this.folder, 'world') ?? '0', '-n', '--'];
  }

  /** What a command line on the node's network needs to be an administrator's. */
  get environment(): Readonly<Record<string, string>> {
    return { KUBECONFIG: this.kubeconfig, PATH: `${this.#binaries}:${process.env['PATH'] ?? ''}` };
  }

  kubectl(args: readonly string[], input = ''): Promise<string> {
    return this.runInNetwork('kubectl', args, input);
  }

  helm(args: readonly string[], input = ''): Promise<string> {
    return this.runInNetwork('helm', args, input);
  }

  /** Runs a command to its end on the node. */
  nsenter(argv: readonly string[], input = ''): Promise<string> {
    return this.#run([...this.entering, ...argv], input);
  }

  runInNetwork(command: string, args: readonly string[], input = ''): Promise<string> {
    return this.#run([...this.enteringNetwork, command, ...args], input);
  }

  apply(yaml: string): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], yaml);
  }

  /** Of a docker-archive, as `docker save` writes it. Pods want `imagePullPolicy: Never`. */
  importImage(archive: string): Promise<string> {
    return this.nsenter([
      'ctr',
      '-a',
      clusterPlan.containerdSocket,
      '-n',
      'k8s.io',
      'images',
      'import',
      archive,
    ]);
  }

  /** `kubectl rollout status` of `deployment/checkout` and the like. */
  async rolledOut(namespace: string, ...owners: readonly string[]): Promise<void> {
    for (const owner of owners)
      await this.kubectl(['-n', namespace, 'rollout', 'status', owner, '--timeout=120s']);
  }

  /** Names of the running pods that a label selector finds, the oldest first. */
  async pods(namespace: string, selector: string): Promise<readonly string[]> {
    const found = await this.kubectl([
      ...['-n', namespace, 'get', 'pods', '-l', selector, '--field-selector=status.phase=Running'],
      ...['--sort-by=.metadata.creationTimestamp', '-o', 'jsonpath={.items[*].metadata.name}'],
    ]);
    return found.split(' ').filter((name) => name !== '');
  }

  async podNetwork(namespace: string, pod: string): Promise<PodNetwork> {
    const status = JSON.parse(
      await this.kubectl(['-n', namespace, 'get', 'pod', pod, '-o', 'jsonpath={.status}']),
    ) as PodStatus;
    const id = status.containerStatuses?.[0]?.containerID?.split('//')[1];
    if (id === undefined || status.podIP === undefined) throw new Error(`${namespace}/${pod} does not run`);
    const pid = await this.#taskPid(id);
    return {
      address: status.podIP,
      pid,
      runInNetwork: (command, args, input = '') =>
        this.#run(['nsenter', '-t', pid, '-n', '--', command, ...args], input),
    };
  }

  /** Asks again and again until there is an answer; the error says `what` was waited for. */
  async waitFor<T>(what: string, find: () => Promise<T | undefined>, withinMs = 60_000): Promise<T> {
    const until = Date.now() + withinMs;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`${what}: not within ${withinMs} ms`);
      await sleep(pollMs);
    }
  }

  async #taskPid(containerId: string): Promise<string> {
    const tasks = await this.nsenter([
      'ctr',
      '-a',
      clusterPlan.containerdSocket,
      '-n',
      'k8s.io',
      'tasks',
      'ls',
    ]);
    const line = tasks.split('\n').find((candidate) => candidate.startsWith(containerId));
    const pid = line?.split(/\s+/)[1];
    if (pid === undefined) throw new Error(`containerd runs no ${containerId}`);
    return pid;
  }

  #run([command = '', ...args]: readonly string[], input: string): Promise<string> {
    return runLong(command, args, { input, environment: this.environment });
  }
}
