import { StartError } from '../../app/start-error.ts';
import { KubernetesApiError } from '../../kubernetes/api-error.ts';
import type { KubernetesClient } from '../../kubernetes/api.ts';
import { createKubernetesClient } from '../../kubernetes/client.ts';
import { findConsole } from '../../kubernetes/client/find-console.ts';
import { makeToken } from '../../kubernetes/client/make-token.ts';
import { openTunnel } from '../../kubernetes/client/open-tunnel.ts';
import { bearerOf, loadPersonConfig } from '../../kubernetes/client/person-config.ts';
import { CredentialsError } from '../../kubernetes/credentials/credentials.ts';
import { credentialsOf } from '../../kubernetes/credentials/kubeconfig-credentials.ts';
import type { PluginFlags } from './plugin-flags.ts';

/** The console of a cluster, from wherever the kubeconfig works. */
export interface ReachedConsole extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Why the way through the API server broke; undefined: it stands. */
  refusal(): string | undefined;
}

/** Rejects with a `StartError` that says what is missing: a kubeconfig, a right, a console. */
export async function reachConsole(flags: PluginFlags): Promise<ReachedConsole> {
  const config = await explained(flags, async () => loadPersonConfig(flags));
  const server = config.getCurrentCluster()?.server ?? '';
  const api = createKubernetesClient(credentialsOf(config, server));
  try {
    return await explained(flags, async () => {
      const token = await tokenOf(api, flags, await bearerOf(config));
      const found = await findConsole(api, flags.saccadeNamespace);
      if (found === undefined) throw noConsole(flags);
      const tunnel = await openTunnel(config, found);
      return {
        url: `http://127.0.0.1:${tunnel.port}`,
        token,
        refusal: () => tunnel.refusal(),
        [Symbol.asyncDispose]: () => tunnel[Symbol.asyncDispose](),
      };
    });
  } finally {
    api.close();
  }
}

/** A certificate proves who somebody is to the API server only: nothing of it can be shown to anybody else. */
async function tokenOf(
  api: KubernetesClient,
  { serviceAccount }: PluginFlags,
  bearer: string | undefined,
): Promise<string> {
  if (serviceAccount !== undefined) {
    const [namespace, name, ...more] = serviceAccount.split('/');
    if (!namespace || !name || more.length > 0)
      throw new StartError(`"${serviceAccount}" is no service account`, 'Write NAMESPACE/NAME.', {
        exitCode: 2,
      });
    return makeToken(api, namespace, name);
  }
  if (bearer !== undefined) return bearer;
  throw new StartError(
    'your kubeconfig shows the API server a certificate, which cannot be shown to the console',
    'Ask as a service account for which you may make tokens: --service-account NAMESPACE/NAME (docs/kubernetes.md), or use a context with a token or an exec plug-in.',
    { exitCode: 2 },
  );
}

const noConsole = ({ saccadeNamespace }: PluginFlags): StartError =>
  new StartError(
    `there is no console of Saccade in the namespace ${saccadeNamespace}`,
    'Name another with --saccade-namespace, or switch the console on (console.enabled of the chart).',
    { exitCode: 2 },
  );

async function explained<T>({ saccadeNamespace }: PluginFlags, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CredentialsError)
      throw new StartError(error.message, 'See: kubectl config view', { exitCode: 2, cause: error });
    if (!(error instanceof KubernetesApiError)) throw error;
    const remedy =
      error.code === 'forbidden'
        ? `Have yourself bound to the Role for people of Saccade in the namespace ${saccadeNamespace} (docs/kubernetes.md).`
        : 'Does kubectl work with this context?';
    throw new StartError(error.message, remedy, { exitCode: 1, cause: error });
  }
}
