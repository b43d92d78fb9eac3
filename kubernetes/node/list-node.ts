import type { KubernetesClient, KubernetesObject } from '../api.ts';

/** The node of this name, or none. By the right to list nodes, which is needed anyway: it saves the right to get one. */
export async function listNode(
  api: Pick<KubernetesClient, 'list'>,
  node: string,
  signal?: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  const query = { fieldSelector: `metadata.name=${node}` };
  return (await api.list('/api/v1/nodes', { query, ...(signal && { signal }) })).items;
}
