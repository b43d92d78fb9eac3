import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PartReport } from '../../../app/part-report.ts';
import type { ObservationBatch } from '../../../stream/events/observation.ts';
import type { ClusterNode } from '../cluster-node.ts';
import { clusterPlan } from '../cluster-plan.ts';

type Line = Partial<{ parts: readonly PartReport[]; metrics: string }> & Partial<ObservationBatch>;
type Batch = Pick<ObservationBatch, 'subject' | 'rows' | 'window' | 'candidate'>;

/** The agent's eyes alone, on the node of a cluster. */
export interface Observing extends AsyncDisposable {
  readonly parts: readonly PartReport[];
  /** All so far. */
  readonly batches: readonly Batch[];
  /** Ends it; its metrics at the end. */
  stop(): Promise<string>;
}

const program = fileURLToPath(new URL('print-observations.ts', import.meta.url));
const startTimeoutMs = 60_000;

export async function observe(cluster: ClusterNode, kubeconfig: string): Promise<Observing> {
  const [command = '', ...words] = cluster.entering;
  const child = spawn(command, [...words, process.execPath, program, clusterPlan.nodeName, kubeconfig], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const batches: Batch[] = [];
  let metrics = '';
  const started = Promise.withResolvers<readonly PartReport[]>();
  const timer = setTimeout(() => started.reject(new Error('the observer did not start')), startTimeoutMs);
  child.once('exit', () => started.reject(new Error('the observer ended')));
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if (line.parts !== undefined) started.resolve(line.parts);
    else if (line.metrics !== undefined) metrics = line.metrics;
    else batches.push(line as Batch);
  });
  const stop = async (): Promise<string> => {
    const closed = once(child, 'close');
    if (child.exitCode === null && child.kill('SIGTERM')) await closed;
    return metrics;
  };
  try {
    return {
      parts: await started.promise,
      batches,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A kubeconfig of a service account, beside that of the administrator. */
export async function kubeconfigOf(
  cluster: ClusterNode,
  namespace: string,
  serviceAccount: string,
): Promise<string> {
  const token = (await cluster.kubectl(['-n', namespace, 'create', 'token', serviceAccount])).trim();
  const text = await cluster.kubectl(['config', 'view', '--raw', '-o', 'json']);
  const config = JSON.parse(text) as { readonly users: readonly { readonly name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  const path = join(cluster.folder, `${serviceAccount}.kubeconfig`);
  writeFileSync(path, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return path;
}
