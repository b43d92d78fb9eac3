import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type Credentials, CredentialsError } from './credentials.ts';

/**
 * As a kubeconfig says: certificates, tokens, plug-ins, proxies are the client library's job. It is loaded here and
 * not above, because it takes 90 MB of memory, which an agent in a pod need not pay (docs/decisions/0205).
 */
export async function kubeconfigCredentials(path: string, context?: string): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
  } catch (error) {
    throw new CredentialsError(`cannot read the kubeconfig ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw new CredentialsError(
      `the kubeconfig ${path} has no cluster for the context ${JSON.stringify(config.getCurrentContext())}; ` +
        `it has the contexts ${config.contexts.map(({ name }) => name).join(', ') || '(none)'}`,
    );
  return credentialsOf(config, cluster.server);
}

/** As this configuration has them, for the API server at `server`. */
export function credentialsOf(config: KubeConfig, server: string): Credentials {
  const agents = new Set<{ destroy(): void }>();
  return {
    server: server.replace(/\/+$/u, ''),
    async requestOptions(): Promise<RequestOptions> {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      if (typeof options.agent === 'object') agents.add(options.agent);
      return options;
    },
    close: () => agents.forEach((agent) => agent.destroy()),
  };
}
