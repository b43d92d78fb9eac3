import type { ClusterLayout, SimulatedPod } from './cluster-layout.ts';
import { nodeName } from './simulated-agent.ts';

/** An object as the API server would give it, whole. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** One kind of object: how many there are, and the nth. */
export interface ApiResource {
  readonly count: number;
  object(index: number): ApiObject;
}

const createdAt = '2026-11-01T08:00:00Z';

/** The lists that the names of a cluster are made of, by path; each object is made when it is asked for. */
export function clusterResources(layout: ClusterLayout): ReadonlyMap<string, ApiResource> {
  const { pods, nodes, deployments } = layout;
  const services = { count: deployments, object: (index: number) => serviceObject(layout, index) };
  const slices = { count: deployments, object: (index: number) => sliceObject(layout, index) };
  return new Map<string, ApiResource>([
    ['/api/v1/pods', { count: pods, object: (index) => podObject(layout.pod(index)) }],
    ['/api/v1/nodes', { count: nodes, object: nodeObject }],
    ['/api/v1/services', services],
    ['/apis/discovery.k8s.io/v1/endpointslices', slices],
  ]);
}

function metadata(namespace: string | undefined, name: string, more: ApiObject = {}): ApiObject {
  const uid = `uid-${namespace ?? ''}-${name}`;
  const labels = { app: name, team: namespace ?? 'none' };
  return { name, namespace, uid, resourceVersion: '1', creationTimestamp: createdAt, labels, ...more };
}

/** 3 kB, as a pod of one container with probes, volumes and managed fields has; what is not kept must be read, too. */
function podObject({ namespace, deployment, name, node, ip }: SimulatedPod): ApiObject {
  const replicaSet = name.slice(0, name.lastIndexOf('-'));
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: 'u', controller: true };
  return {
    metadata: metadata(namespace, name, {
      labels: { app: deployment, 'pod-template-hash': replicaSet.slice(deployment.length + 1) },
      ownerReferences: [owner],
      managedFields: [{ manager: 'kubelet', operation: 'Update', fieldsV1: ballast }],
    }),
    spec: { nodeName: nodeName(node), containers: [container(deployment)], volumes, tolerations: [] },
    status: {
      phase: 'Running',
      startTime: createdAt,
      podIP: ip,
      podIPs: [{ ip }],
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: createdAt,
      })),
      containerStatuses: [{ name: 'main', ready: true, restartCount: 0, image: deployment }],
    },
  };
}

const ballast = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [`f:field-${n}`, { 'f:value': {}, '.': {} }]),
);
const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }];

function container(image: string): ApiObject {
  const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, failureThreshold: 3 };
  const env = Array.from({ length: 12 }, (_, n) => ({
    name: `SETTING_${n}`,
    value: `value of setting ${n}`,
  }));
  return { name: 'main', image, env, livenessProbe: probe, readinessProbe: probe, resources: {} };
}

function nodeObject(index: number): ApiObject {
  const address = `100.64.${(index >> 8) & 255}.${index & 255}`;
  return {
    metadata: metadata(undefined, nodeName(index)),
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

const port = { name: 'http', port: 8080, protocol: 'TCP' };

function serviceObject(layout: ClusterLayout, deployment: number): ApiObject {
  const ip = layout.serviceIp(deployment);
  return {
    metadata: metadata(layout.namespaceOf(deployment), `service-${deployment}`),
    spec: { clusterIP: ip, clusterIPs: [ip], ports: [{ ...port, targetPort: 8080 }] },
    status: {},
  };
}

function sliceObject(layout: ClusterLayout, deployment: number): ApiObject {
  const name = `service-${deployment}`;
  const first = deployment * layout.replicas;
  const size = Math.min(layout.replicas, layout.pods - first);
  return {
    metadata: metadata(layout.namespaceOf(deployment), `${name}-abcde`, {
      labels: { 'kubernetes.io/service-name': name },
    }),
    addressType: 'IPv4',
    endpoints: Array.from({ length: size }, (_, n) => {
      const pod = layout.pod(first + n);
      const targetRef = { kind: 'Pod', name: pod.name, namespace: pod.namespace };
      return { addresses: [pod.ip], conditions: { ready: true }, targetRef };
    }),
    ports: [port],
  };
}
