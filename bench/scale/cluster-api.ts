import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';
import { type ApiResource, clusterResources } from './cluster-objects.ts';

export interface ClusterApi extends AsyncDisposable {
  /** Says where it is. */
  readonly kubeconfig: string;
}

const defaultPage = 500;

/**
 * As much of an API server as informers ask for: lists in pages, and watches in which nothing happens. A real one with
 * 150,000 pods in its etcd does not fit on the machine that measures; who reads it cannot tell them apart.
 */
export async function startClusterApi(layout: ClusterLayout, directory: string): Promise<ClusterApi> {
  const resources = clusterResources(layout);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    response.setHeader('content-type', 'application/json');
    if (url.searchParams.get('watch') === 'true') response.flushHeaders();
    else answerList(response, url, resources.get(url.pathname));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor((server.address() as AddressInfo).port));
  return {
    kubeconfig,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerList(response: ServerResponse, url: URL, resource: ApiResource | undefined): void {
  const count = resource?.count ?? 0;
  const from = Number(url.searchParams.get('continue') ?? 0);
  const end = Math.min(count, from + Number(url.searchParams.get('limit') ?? defaultPage));
  const items = Array.from({ length: end - from }, (_, n) => resource?.object(from + n));
  const more = end < count ? { continue: String(end) } : {};
  response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1', ...more }, items }));
}

const skipVerify = 'insecure-skip-tls-verify';

function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'scale',
    // Without it the library refuses plain HTTP.
    clusters: [{ name: 'scale', cluster: { server: `http://127.0.0.1:${port}`, [skipVerify]: true } }],
    users: [{ name: 'scale', user: { token: 'none' } }],
    contexts: [{ name: 'scale', context: { cluster: 'scale', user: 'scale' } }],
  });
}
