import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { packageRoot } from '../../app/package-root.ts';
import type { ClusterNode } from './cluster-node.ts';
import { clusterPlan } from './cluster-plan.ts';
import { reach } from './expose.ts';

const plugin = join(packageRoot, 'cli', 'bin', 'kubectl-saccade');
const timeoutMs = 120_000;

export interface PluginAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Somebody outside of the cluster, with a kubeconfig that leads to its API server. */
export interface PluginPerson extends AsyncDisposable {
  /** `kubectl saccade …`, as kubectl starts it. */
  saccade(...args: readonly string[]): Promise<PluginAnswer>;
}

/** By the token of a service account, or by the certificate that the cluster's administrator has. */
export async function openPerson(
  cluster: ClusterNode,
  who: { readonly name: string; readonly token?: string },
): Promise<PluginPerson> {
  const way = await reach(cluster, clusterPlan.nodeAddress, clusterPlan.apiPort);
  const server = `https://127.0.0.1:${way.port}`;
  const kubeconfig = join(cluster.folder, `person-${who.name}.kubeconfig`);
  const own = readFileSync(cluster.kubeconfig, 'utf8');
  writeFileSync(kubeconfig, configOf(own, server, who.token), { mode: 0o600 });
  return {
    saccade: (...args) => run(args, kubeconfig),
    [Symbol.asyncDispose]: () => way[Symbol.asyncDispose](),
  };
}

function configOf(own: string, server: string, token: string | undefined): string {
  const moved = own.replace(/https:\/\/[\d.]+:\d+/u, server);
  if (token === undefined) return moved;
  const authority = /certificate-authority-data: "?([\w+/=]+)/u.exec(own)?.[1] ?? '';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

async function run(args: readonly string[], kubeconfig: string): Promise<PluginAnswer> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  try {
    const { stdout, stderr } = await promisify(execFile)(plugin, args, { env, timeout: timeoutMs });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, out: stdout ?? '', err: stderr ?? String(error) };
  }
}
