/** One workload of each kind that owns pods, all asking one Service, in the namespace `names`. */

const server = `require('node:http').createServer((_, answer) => answer.end('x'.repeat(2000))).listen(8080)`;
export const serviceAddress = '10.0.7.7';
/** A connection each time, so that every window has something to tell. */
export const askOnce = (host = serviceAddress): string =>
  `fetch('http://${host}/', { headers: { connection: 'close' } }).then((answer) => answer.text(), () => undefined)`;
/** It may run before the server does, whose Service refuses connections until then. */
const askUntilAnswered = `const ask = () => fetch('http://${serviceAddress}/').then((answer) => answer.text()).catch(() => setTimeout(ask, 200)); ask()`;
const askOnAndOn = `setInterval(() => ${askOnce()}, 400)`;

const namespace = 'names';
const named = (name: string) => ({ name, namespace });
const container = (name: string, program: string) => ({
  name,
  image: 'localhost/node:24',
  imagePullPolicy: 'Never',
  args: ['-e', program],
});
type Container = ReturnType<typeof container>;

const spec = (containers: readonly Container[], extra: object = {}) => ({
  terminationGracePeriodSeconds: 0,
  containers,
  ...extra,
});

function owner(kind: string, name: string, podSpec: object, extra: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: named(name),
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations: { 'example.com/egress': 'strict' } }, spec: podSpec },
      ...extra,
    },
  };
}

const once = spec([container('once', askUntilAnswered)], { restartPolicy: 'Never' });
const items: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: named('payments'),
    spec: {
      clusterIP: serviceAddress,
      selector: { app: 'payments' },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  },
  owner('Deployment', 'payments', spec([container('server', server)])),
  owner('Deployment', 'checkout', spec([container('client', askOnAndOn)])),
  owner('DaemonSet', 'watcher', spec([container('client', askOnAndOn)], { hostNetwork: true })),
  owner('StatefulSet', 'db', spec([container('client', askOnAndOn), container('sidecar', askOnAndOn)]), {
    serviceName: 'db',
  }),
  { apiVersion: 'batch/v1', kind: 'Job', metadata: named('migrate'), spec: { template: { spec: once } } },
  { apiVersion: 'v1', kind: 'Pod', metadata: named('lonely'), spec: spec([container('client', askOnAndOn)]) },
];
export const namingManifest = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

/** What an agent may do for its names, and no more; see kubernetes/node/README.md. */
const rules = [
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: [''], resources: ['nodes'], verbs: ['list', 'watch'] },
  { apiGroups: ['saccade.io'], resources: ['agentpolicies'], verbs: ['list', 'watch'] },
  { apiGroups: ['networking.k8s.io'], resources: ['servicecidrs'], verbs: ['list'] },
];
const rbac = 'rbac.authorization.k8s.io';
export const agentRights = JSON.stringify({
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: named('agent') },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: 'names-agent' }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'names-agent' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'names-agent' },
      subjects: [{ kind: 'ServiceAccount', ...named('agent') }],
    },
  ],
});
