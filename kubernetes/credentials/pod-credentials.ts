import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { Secret } from '../../source-text/secret.ts';
import { keepAliveOptions } from './keep-alive.ts';
import { type Credentials, CredentialsError } from './credentials.ts';

/** Where Kubernetes mounts a pod's service account. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The service account of the pod that this process runs in: two environment variables and two files that the kubelet
 * rotates. Throws a `CredentialsError` outside a pod.
 */
export function podCredentials(
  environment: NodeJS.ProcessEnv,
  folder: string = serviceAccountFolder,
): Credentials {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  if (host === undefined || host === '')
    throw new CredentialsError(
      'there is no Kubernetes around this process (KUBERNETES_SERVICE_HOST is not set). ' +
        'Name a file with kubernetes.kubeconfig, or leave "kubernetes" out of the configuration',
    );
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT'] ?? '443'}`;
  const token = new Secret({ file: join(folder, 'token') }, environment);
  let trusted: { readonly ca: string; readonly agent: Agent } | undefined;

  async function trust(): Promise<Agent> {
    const ca = await readAuthority(join(folder, 'ca.crt'));
    if (trusted?.ca === ca) return trusted.agent;
    trusted = { ca, agent: new Agent({ ...keepAliveOptions, ca }) };
    return trusted.agent;
  }

  return {
    server,
    async requestOptions(): Promise<RequestOptions> {
      const [bearer, agent] = await Promise.all([token.reveal(), trust()]);
      return { headers: { authorization: `Bearer ${bearer}` }, agent };
    },
    close: () => trusted?.agent.destroy(),
  };
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CredentialsError(
      `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'error'}. ` +
        'The pod needs automountServiceAccountToken: true',
      { cause: error },
    );
  }
}
