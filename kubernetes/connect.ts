import { resolve } from 'node:path';
import type { KubernetesClient } from './api.ts';
import { createKubernetesClient } from './client.ts';
import type { KubernetesConfig } from './config-schema.ts';
import { kubeconfigCredentials } from './credentials/kubeconfig-credentials.ts';
import { podCredentials } from './credentials/pod-credentials.ts';

export interface ConnectOptions {
  /** Relative paths of the configuration are meant from here. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** The client that `kubernetes:` describes. Throws a `CredentialsError`; asks the API server nothing yet. */
export async function connectKubernetes(
  config: KubernetesConfig,
  { directory, environment }: ConnectOptions,
): Promise<KubernetesClient> {
  const credentials =
    config.kubeconfig === undefined
      ? podCredentials(environment)
      : await kubeconfigCredentials(resolve(directory, config.kubeconfig), config.context);
  return createKubernetesClient(credentials);
}
