import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ClusterNode } from './cluster-node.ts';
import { clusterPlan } from './cluster-plan.ts';

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const startTimeoutMs = 30_000;
const lifeSeconds = '3600';

/**
 * What is behind the node: a name server that the cluster's DNS forwards to, with records as in `dns-server.ts`, and a
 * web server on port 80 of every address of the world.
 */
export async function startWorld(cluster: ClusterNode, records: readonly string[]): Promise<AsyncDisposable> {
  const { worldDnsAddress } = clusterPlan;
  const dns = [program('../lab/dns-server.ts'), '--listen', worldDnsAddress, '--seconds', lifeSeconds];
  await using building = new AsyncDisposableStack();
  building.use(await startThere(cluster, [...dns, ...records]));
  building.use(await startThere(cluster, [program('programs/server.ts'), '0.0.0.0', '80']));
  const stack = building.move();
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A program that says `listening` when it does. */
async function startThere(cluster: ClusterNode, argv: readonly string[]): Promise<AsyncDisposable> {
  const [command = '', ...words] = ['setpriv', '--pdeathsig', 'KILL', '--', ...cluster.enteringWorld];
  // Its end is the end of its input: the pipe must stay open.
  const child = spawn(command, [...words, process.execPath, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  const end = async (): Promise<void> => void child.kill('SIGKILL');
  const timeout = AbortSignal.timeout(startTimeoutMs);
  const listening = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"listening"')) resolve();
    });
    child.once('exit', () => reject(new Error(`${argv.join(' ')} ended`)));
    timeout.addEventListener('abort', () => reject(new Error(`${argv.join(' ')} did not start`)));
  });
  try {
    await listening;
  } catch (error) {
    await end();
    throw error;
  }
  return { [Symbol.asyncDispose]: end };
}
