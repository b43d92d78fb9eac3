import { stringify } from 'yaml';

export const farNode = 'node2';
/** In the world outside, where a web server answers. */
export const warehouseAddress = '203.0.113.90';
const namespace = 'shop';
const named = (name: string) => ({ name, namespace });

const objects: readonly object[] = [
  { apiVersion: 'v1', kind: 'Node', metadata: { name: farNode } },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: named('warehouse'),
    spec: { nodeName: farNode, containers: [{ name: 'server', image: 'localhost/node:24' }] },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: named('warehouse'), spec: { ports: [{ port: 80 }] } },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...named('warehouse-1'), labels: { 'kubernetes.io/service-name': 'warehouse' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [warehouseAddress],
        conditions: { ready: true },
        nodeName: farNode,
        targetRef: { kind: 'Pod', ...named('warehouse') },
      },
    ],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: named('reports'),
    spec: {
      selector: { matchLabels: { app: 'reports' } },
      template: {
        metadata: { labels: { app: 'reports' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          volumes: [{ name: 'programs', configMap: { name: 'programs' } }],
          containers: [
            {
              name: 'client',
              image: 'localhost/node:24',
              imagePullPolicy: 'Never',
              args: ['/programs/client.ts', 'http://warehouse.shop.svc.cluster.local', '5', '50'],
              volumeMounts: [{ name: 'programs', mountPath: '/programs' }],
            },
          ],
        },
      },
    },
  },
];

/** A pod of another node, the Service before it, and who talks to it from ours. No kubelet runs that pod. */
export const warehouseManifest = objects.map((one) => stringify(one)).join('---\n');

/** What that kubelet would say of it. */
export const warehouseStatus = (startedAt: Date): string =>
  JSON.stringify({
    status: {
      phase: 'Running',
      podIP: warehouseAddress,
      podIPs: [{ ip: warehouseAddress }],
      startTime: startedAt.toISOString(),
    },
  });
