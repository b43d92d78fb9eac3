import { runCommand } from './run-command.ts';

/** A way into the network of one namespace, whoever made it. */
export interface Network {
  /** Runs one command to its end in this network only; it sees the machine's mounts (cgroups, above all). */
  runInNetwork(command: string, args: readonly string[], input?: string): Promise<string>;
}

/** `namespace`: its name under /run/netns. */
export function networkOf(namespace: string): Network {
  return {
    runInNetwork: (command, args, input = '') =>
      runCommand('nsenter', [`--net=/run/netns/${namespace}`, command, ...args], input),
  };
}
