import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { CredentialsError } from '../credentials/credentials.ts';

export interface PersonConfigOptions {
  /** Without: KUBECONFIG, then ~/.kube/config, as kubectl does. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The configuration of whoever sits at this machine. Throws a `CredentialsError` where there is none. */
export function loadPersonConfig({ kubeconfig, context }: PersonConfigOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (error) {
    throw new CredentialsError(`cannot read the kubeconfig: ${(error as Error).message}`, { cause: error });
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw new CredentialsError(
        `the kubeconfig has no context ${context}; it has ${config.contexts.map(({ name }) => name).join(', ')}`,
      );
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null)
    throw new CredentialsError('the kubeconfig names no cluster: set KUBECONFIG or --kubeconfig');
  return config;
}

/** What these credentials show an API server as a token; undefined: a certificate, or nothing. */
export async function bearerOf(config: KubeConfig): Promise<string | undefined> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  if (typeof options.agent === 'object') options.agent.destroy();
  const { Authorization: shown } = (options.headers ?? {}) as { readonly Authorization?: string };
  return /^Bearer (.+)$/u.exec(shown ?? '')?.[1];
}
