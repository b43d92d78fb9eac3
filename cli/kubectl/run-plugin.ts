import { StartError } from '../../app/start-error.ts';
import type { Terminal } from '../output.ts';
import { reportFailure, run } from '../run.ts';
import { takePluginFlags } from './plugin-flags.ts';
import { reachConsole } from './reach-console.ts';

/** Commands that ask a console; the others work on files and need no cluster. */
const asking = [
  'alerts',
  'capture',
  'captures',
  'destinations',
  'explain',
  'silences',
  'status',
  'top',
  'trace',
];
const help = `kubectl saccade COMMAND: asks the Saccade of a cluster, in your name

  alerts [list|show|ack]        alerts of the namespaces that you may see
  top                           who talks to whom, and how it goes
  trace WORKLOAD                what a workload does, as it happens
  capture WORKLOAD PEER [FILE]  catch packets, wait, and bring them
  captures, destinations, explain, rules, silences, status: as saccade does

  -n, --namespace NAMESPACE           only of this one
  --context, --kubeconfig             as kubectl
  --saccade-namespace NAMESPACE       where Saccade runs (SACCADE_NAMESPACE; default: saccade)
  --service-account NAMESPACE/NAME    ask as it, with a token for ten minutes (SACCADE_SERVICE_ACCOUNT)`;

/** `kubectl saccade …`: the same commands, with the console found by the user's kubeconfig. Gives the exit code. */
export async function runPlugin(
  args: readonly string[],
  terminal: Terminal,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  try {
    const { flags, rest } = takePluginFlags(args, environment);
    const [command = ''] = rest;
    if (command === '' || command === 'help' || command === '--help' || command === '-h') {
      terminal.out(help);
      return command === '' ? 2 : 0;
    }
    const asksForHelp = rest.some((one) => one === '--help' || one === '-h');
    const isAsking = asking.includes(command) || (command === 'rules' && (rest[1] ?? 'list') === 'list');
    if (asksForHelp || !isAsking) return await run(rest, terminal);
    await using console = await reachConsole(flags);
    // By the same variables as a person would name it.
    environment['SACCADE_SERVER'] = console.url;
    environment['SACCADE_TOKEN'] = console.token;
    const code = await run(rest, terminal);
    const refusal = code === 0 ? undefined : console.refusal();
    if (refusal !== undefined) throw forwardRefused(refusal, flags.saccadeNamespace);
    return code;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

const forwardRefused = (reason: string, namespace: string): StartError =>
  new StartError(
    `no way through the API server to the console: ${reason}`,
    `It takes get and create of pods/portforward in the namespace ${namespace} (docs/kubernetes.md).`,
    { exitCode: 1 },
  );
