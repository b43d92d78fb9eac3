import type { CaptureRequest, CaptureSelector } from '../stream/events/capture.ts';
import type { Evidence } from '../stream/events/observation.ts';
import { addressOf } from './capture-selector.ts';

const maxOwnIps = 32;

/**
 * The same flow asked of the nodes of the other end, where its packets may tell another story: what left here and
 * never came there. Only where the subject is the client, whose address servers see as it is; what serves behind a
 * Service is told by the port of the workload. A node without an agent never answers.
 */
export function farEndRequests(
  request: CaptureRequest,
  evidence: Evidence | undefined,
): readonly CaptureRequest[] {
  const { selector } = request;
  const ownIps = [...new Set((evidence?.sockets ?? []).map(({ local }) => addressOf(local)))];
  if (selector.role !== 'client' || ownIps.length === 0) return [];
  const nodes = (selector.peer.nodes ?? []).filter((node) => node !== request.node);
  return nodes.map((node, index) => ({
    ...request,
    id: `${request.id}-far${index > 0 ? index : ''}`,
    node,
    selector: mirrored(selector, node, ownIps.slice(0, maxOwnIps)),
  }));
}

/** As the other end sees it. Its network namespace is not known here: addresses and port have to tell. */
function mirrored(selector: CaptureSelector, node: string, ownIps: readonly string[]): CaptureSelector {
  const { subject, peer, service_port: servicePort } = selector;
  const namespace = peer.namespace ?? '';
  const workload = (peer.workload ?? peer.name).slice(
    0,
    namespace === '' ? undefined : -namespace.length - 1,
  );
  return {
    subject: { cluster: subject.cluster, node, namespace, workload },
    peer: {
      kind: 'workload',
      name: `${subject.workload}.${subject.namespace}`,
      ip: ownIps[0] ?? '',
      workload: `${subject.workload}.${subject.namespace}`,
      namespace: subject.namespace,
    },
    peer_ips: [...ownIps],
    role: 'server',
    service_port: peer.target_port ?? servicePort,
  };
}
