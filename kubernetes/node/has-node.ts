import { KubernetesApiError } from '../api-error.ts';
import type { KubernetesClient } from '../api.ts';

/** Whether the cluster has a node of this name; undefined: not to be found out. */
export async function hasNode(
  api: Pick<KubernetesClient, 'send'>,
  node: string,
): Promise<boolean | undefined> {
  try {
    await api.send('GET', `/api/v1/nodes/${encodeURIComponent(node)}`);
    return true;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    return error.code === 'not_found' ? false : undefined;
  }
}
