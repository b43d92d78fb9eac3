import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPackets } from '../captured-packets.ts';
import { patienceMs } from '../eyes.ts';
import { openPerson } from '../plugin-person.ts';
import type { Stage } from '../stage.ts';

/** Ada is of the shop; the admin, by a service account, of everything; billing talks to the shop as well. */
const people = `
apiVersion: v1
kind: Namespace
metadata: { name: billing }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ledger, namespace: billing }
spec:
  selector: { matchLabels: { app: ledger } }
  template:
    metadata: { labels: { app: ledger } }
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: client
          image: localhost/busybox:1
          imagePullPolicy: Never
          command: [sh, -c, 'while :; do printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc -w 3 payments.shop.svc.cluster.local 80; sleep 1; done']
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: ada, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ada, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: saccade-user }
subjects: [{ kind: ServiceAccount, name: ada, namespace: shop }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: ada, namespace: saccade }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: saccade-connect }
subjects: [{ kind: ServiceAccount, name: ada, namespace: shop }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: stranger, namespace: billing }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: overseer, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: overseer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
subjects: [{ kind: ServiceAccount, name: overseer, namespace: kube-system }]
`;

interface Edge {
  readonly namespace: string;
  readonly workload: string;
}

/** From outside of the cluster, through its API server. */
export function pluginScenario(stage: () => Stage): void {
  it(
    'answers kubectl saccade from outside, each person with their namespaces only',
    { timeout: 2 * patienceMs },
    async () => {
      const { cluster } = stage();
      await cluster.apply(people);
      await cluster.rolledOut('billing', 'deployment/ledger');
      const tokenOf = async (namespace: string, name: string): Promise<string> =>
        (await cluster.kubectl(['-n', namespace, 'create', 'token', name])).trim();
      await using ada = await openPerson(cluster, { name: 'ada', token: await tokenOf('shop', 'ada') });
      await using admin = await openPerson(cluster, { name: 'admin' });
      const namespaces = async (
        person: typeof ada,
        ...more: readonly string[]
      ): Promise<readonly string[]> => {
        const { code, out, err } = await person.saccade('top', '-o', 'json', '--limit', '2000', ...more);
        expect([code, err]).toEqual([0, '']);
        return [...new Set((JSON.parse(out) as Edge[]).map(({ namespace }) => namespace))].toSorted();
      };
      const asOverseer = ['--service-account', 'kube-system/overseer'];
      const seen = await cluster.waitFor(
        'traffic of both',
        async () => {
          const all = await namespaces(admin, ...asOverseer);
          return all.includes('billing') && all.includes('shop') ? all : undefined;
        },
        patienceMs,
      );
      expect(seen).toEqual(expect.arrayContaining(['billing', 'shop']));
      expect(await namespaces(ada)).toEqual(['shop']);

      const certificate = await admin.saccade('alerts');
      expect([certificate.code, certificate.err]).toEqual([2, expect.stringContaining('--service-account')]);
      const token = await tokenOf('billing', 'stranger');
      await using stranger = await openPerson(cluster, { name: 'stranger', token });
      const refused = await stranger.saccade('alerts');
      expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('pods is forbidden')]);

      const file = join(cluster.folder, 'by-hand.pcapng');
      const elsewhere = [
        'capture',
        'ledger',
        'service/payments.shop',
        file,
        '-n',
        'billing',
        '--during',
        '2s',
      ];
      const denied = await ada.saccade(...elsewhere);
      expect([denied.code, denied.err]).toEqual([2, expect.stringContaining('packetcaptures')]);
      const own = ['capture', 'checkout', 'service/payments.shop', file, '-n', 'shop', '--during', '2s'];
      expect(await ada.saccade(...own)).toMatchObject({ code: 0, err: '' });
      expect(statSync(file).size).toBeGreaterThan(0);
      expect(readPackets(file).length).toBeGreaterThan(0);
    },
  );
}
