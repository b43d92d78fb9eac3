import type { Role } from '../../stream/events/observation.ts';

export interface LayoutSize {
  readonly nodes: number;
  readonly podsPerNode: number;
  /** Pods of one Deployment, spread over the nodes. */
  readonly replicas: number;
}

export interface SimulatedPod {
  /** Over the whole cluster, from 0. */
  readonly index: number;
  readonly namespace: string;
  readonly deployment: string;
  readonly name: string;
  readonly node: number;
  readonly ip: string;
}

/**
 * A cluster in which each Deployment asks the Services of the next ones and is asked by the ones before: every pod has
 * as many peers in either role as is wanted, and both ends of a connection agree on it. Pure: the same size, the
 * same cluster, wherever it is asked for.
 */
export interface ClusterLayout extends LayoutSize {
  readonly pods: number;
  readonly deployments: number;
  pod(index: number): SimulatedPod;
  podsOf(node: number): readonly SimulatedPod[];
  /** The address of its nth peer: of a Service it asks, or of a pod that asks it. */
  peerIp(pod: SimulatedPod, role: Role, nth: number): string;
  serviceIp(deployment: number): string;
  namespaceOf(deployment: number): string;
}

const deploymentsPerNamespace = 20;

export function createClusterLayout(size: LayoutSize): ClusterLayout {
  const { nodes, podsPerNode, replicas } = size;
  const pods = nodes * podsPerNode;
  const deployments = Math.ceil(pods / replicas);
  const namespaceOf = (deployment: number): string =>
    `team-${Math.floor(deployment / deploymentsPerNamespace)}`;
  const serviceIp = (deployment: number): string => addressIn(serviceRange, deployment);

  function pod(index: number): SimulatedPod {
    const number = Math.floor(index / replicas);
    const deployment = `service-${number}`;
    const name = `${deployment}-6d9f5b7c4-${(index % replicas).toString(36).padStart(5, 'x')}`;
    const ip = addressIn(podRange, index);
    return { index, namespace: namespaceOf(number), deployment, name, node: index % nodes, ip };
  }

  function peerIp({ index }: SimulatedPod, role: Role, nth: number): string {
    const own = Math.floor(index / replicas);
    if (role === 'client') return serviceIp((own + 1 + nth) % deployments);
    const asking = (own - 1 - nth + deployments * (nth + 1)) % deployments;
    return addressIn(podRange, Math.min(asking * replicas + (index % replicas), pods - 1));
  }

  return {
    ...size,
    pods,
    deployments,
    pod,
    podsOf: (node) => Array.from({ length: podsPerNode }, (_, n) => pod(node + n * nodes)),
    peerIp,
    serviceIp,
    namespaceOf,
  };
}

/** Names in messages only: nothing is sent to them. 198.18.0.0/15 is the range for benchmarks (RFC 2544). */
const [podRange, serviceRange] = [0x0a_00_00_01, 0xc6_12_00_01];

function addressIn(range: number, index: number): string {
  const value = range + index;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}
