import { fileURLToPath } from 'node:url';
import { startLabProcess } from '../lab/start-lab-process.ts';
import type { ClusterNode } from './cluster-node.ts';
import { clusterPlan } from './cluster-plan.ts';

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const startTimeoutMs = 30_000;
const lifeSeconds = '3600';

/** Nobody in the shop has asked for it before. */
export const unknownHost = 'collector.example.com';
/** As `dns-server.ts` takes them; the first is the one that the catalog asks for all the time. */
const records = ['prices.example.net=203.0.113.81', `${unknownHost}=203.0.113.80`];

/**
 * What is behind the node: a name server that the cluster's DNS forwards to, and a web server on port 80 of every
 * address of the world.
 */
export async function startWorld(cluster: ClusterNode): Promise<AsyncDisposable> {
  const { worldDnsAddress } = clusterPlan;
  const dns = [program('../lab/dns-server.ts'), '--listen', worldDnsAddress, '--seconds', lifeSeconds];
  await using building = new AsyncDisposableStack();
  building.use(await startThere(cluster, [...dns, ...records]));
  building.use(await startThere(cluster, [program('programs/server.ts'), '0.0.0.0', '80']));
  const stack = building.move();
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A program that says `listening` when it does. Its end is the end of its input, which stays open. */
async function startThere(cluster: ClusterNode, argv: readonly string[]): Promise<AsyncDisposable> {
  const [command = '', ...words] = cluster.enteringWorld;
  const running = startLabProcess(command, [...words, process.execPath, ...argv], argv.join(' '));
  const end = async (): Promise<void> => void (await running.stop());
  try {
    await running.waitForLine((line) => line.includes('"listening"'), startTimeoutMs);
  } catch (error) {
    await end();
    throw error;
  }
  return { [Symbol.asyncDispose]: end };
}
