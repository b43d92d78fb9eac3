import { expect, it } from 'vitest';
import { reach } from '../expose.ts';
import type { Stage } from '../stage.ts';

/** Somebody who may see what happens in the shop, by the right that says so, and nobody else's. */
const viewer = `
apiVersion: v1
kind: ServiceAccount
metadata: { name: viewer, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: viewer, namespace: shop }
rules: [{ apiGroups: [saccade.io], resources: [packetcaptures], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: viewer }
subjects: [{ kind: ServiceAccount, name: viewer, namespace: shop }]
`;

/** After alerts in several namespaces. */
export function peopleScenario(stage: () => Stage): void {
  it(
    'shows people of the cluster the namespaces that its RBAC lets them see',
    { timeout: 120_000 },
    async () => {
      const { cluster } = stage();
      await cluster.apply(viewer);
      const token = (await cluster.kubectl(['-n', 'shop', 'create', 'token', 'viewer'])).trim();
      const address = await cluster.kubectl([
        ...['-n', 'saccade', 'get', 'service', 'saccade-server', '-o', 'jsonpath={.spec.clusterIP}'],
      ]);
      await using way = await reach(cluster, address, 9978);
      const ask = (bearer: string): Promise<Response> =>
        fetch(`http://127.0.0.1:${way.port}/api/v1/alerts`, {
          headers: { authorization: `Bearer ${bearer}` },
        });
      expect((await ask('somebody-else')).status).toBe(401);
      const answer = await ask(token);
      expect(answer.status).toBe(200);
      const text = await answer.text();
      expect(text).toContain('deployment/checkout');
      expect(text).not.toContain('kubernetes.default');
    },
  );
}
