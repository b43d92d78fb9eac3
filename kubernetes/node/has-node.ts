import { KubernetesApiError } from '../api-error.ts';
import type { KubernetesClient } from '../api.ts';
import { listNode } from './list-node.ts';

/** Whether the cluster has a node of this name; undefined: not to be found out. */
export async function hasNode(
  api: Pick<KubernetesClient, 'list'>,
  node: string,
): Promise<boolean | undefined> {
  try {
    return (await listNode(api, node)).length > 0;
  } catch (error) {
    if (!(error instanceof KubernetesApiError)) throw error;
    return undefined;
  }
}
