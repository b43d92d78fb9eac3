import { type Access, resourceName } from './audit-log.ts';
import type { ClusterNode } from './cluster-node.ts';

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface RoleObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly name: string; readonly namespace?: string }[];
}

const kinds = 'clusterroles,clusterrolebindings,roles,rolebindings';

/** What the roles of a Helm release let its service accounts do, verb by verb. */
export async function grantedAccesses(cluster: ClusterNode, release: string): Promise<readonly Access[]> {
  const label = `app.kubernetes.io/instance=${release}`;
  const listed = await cluster.kubectl(['get', kinds, '-A', '-l', label, '-o', 'json']);
  const { items } = JSON.parse(listed) as { readonly items: readonly RoleObject[] };
  return items.flatMap((binding) => {
    const { roleRef, subjects = [] } = binding;
    if (roleRef === undefined) return [];
    const role = items.find((one) => one.kind === roleRef.kind && isSame(one, roleRef.name, binding));
    if (role === undefined) throw new Error(`no ${roleRef.kind} ${roleRef.name} of the release ${release}`);
    return subjects.flatMap(({ name, namespace = '' }) =>
      accessesOf(`${namespace}/${name}`, role.rules ?? []),
    );
  });
}

/** A ClusterRole has no namespace, a Role is of its binding's. */
function isSame({ kind, metadata }: RoleObject, name: string, binding: RoleObject): boolean {
  return (
    metadata.name === name && (kind === 'ClusterRole' || metadata.namespace === binding.metadata.namespace)
  );
}

function accessesOf(account: string, rules: readonly Rule[]): readonly Access[] {
  return rules.flatMap(({ verbs, apiGroups = [], resources = [], nonResourceURLs = [] }) => {
    const named = apiGroups.flatMap((group) =>
      resources.map((resource) => {
        const [name = '', subresource] = resource.split('/');
        return resourceName(name, group, subresource);
      }),
    );
    return [...named, ...nonResourceURLs].flatMap((what) => verbs.map((verb) => ({ account, verb, what })));
  });
}
