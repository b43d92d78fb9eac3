import type { Change } from '../informers/store.ts';
import { maxPeerNodes } from '../../stream/events/observation.ts';
import { qualified } from './peer-directory.ts';
import type { PodRecord } from './pod-record.ts';
import type { SliceRecord } from './slice-record.ts';

export interface Backend {
  /** `deployment/payments.shop`; undefined: none, or several. */
  readonly workload: string | undefined;
  readonly targetPort: number | undefined;
  /** Of its pods, as far as they are known; undefined: more than `maxPeerNodes`. */
  readonly nodes: readonly string[] | undefined;
}

type Pods = Pick<Backend, 'workload' | 'nodes'>;

export interface ServiceBackends {
  podChanged(change: Change<PodRecord>): void;
  sliceChanged(change: Change<SliceRecord>): void;
  /** Behind a service (`namespace/name`) and its port of that name. */
  behind(service: string, portName: string | undefined): Backend;
}

/** Endpoints looked at to tell whether one workload is alone behind a service. */
const maxLooked = 1_000;

/** Which workload stands behind which service, from EndpointSlices and pods. */
export function createServiceBackends(): ServiceBackends {
  const owners = new Map<string, { readonly workload: string; readonly node: string | undefined }>();
  const slices = new Map<string, Map<string, SliceRecord>>();
  /** Forgotten with every change of a pod's name or of a slice; rows by the thousand ask in between. */
  let known = new Map<string, Pods>();

  function podsBehind(service: string): Pods {
    const workloads = new Set<string>();
    const nodes = new Set<string>();
    const all = [...(slices.get(service)?.values() ?? [])];
    const pods = all.flatMap((slice) => slice.pods);
    for (const pod of pods.slice(0, maxLooked)) {
      const owner = owners.get(pod);
      if (owner === undefined) continue;
      workloads.add(owner.workload);
      if (owner.node !== undefined) nodes.add(owner.node);
    }
    const seenAll = pods.length <= maxLooked;
    const isAlone = seenAll && workloads.size === 1 && all.every(({ others }) => others === 0);
    return {
      workload: isAlone ? [...workloads][0] : undefined,
      nodes: seenAll && nodes.size <= maxPeerNodes ? [...nodes].toSorted() : undefined,
    };
  }

  function knownPods(service: string): Pods {
    const before = known.get(service);
    if (before !== undefined) return before;
    const pods = podsBehind(service);
    known.set(service, pods);
    return pods;
  }

  return {
    podChanged(change) {
      if (change.type === 'update' && isSameOwner(change.object, change.previous)) return;
      if (change.type === 'delete') owners.delete(change.key);
      else owners.set(change.key, ownerOf(change.object));
      known = new Map();
    },
    sliceChanged(change) {
      known = new Map();
      const { service } = change.type === 'delete' ? change.previous : change.object;
      const ofService = slices.get(service) ?? new Map<string, SliceRecord>();
      if (change.type === 'delete') ofService.delete(change.key);
      else ofService.set(change.key, change.object);
      if (ofService.size > 0) slices.set(service, ofService);
      else slices.delete(service);
    },
    behind(service, portName) {
      const ports = [...(slices.get(service)?.values() ?? [])].map((slice) =>
        slice.ports.get(portName ?? ''),
      );
      const targetPort = portName === undefined ? undefined : ports.find((port) => port !== undefined);
      return { ...knownPods(service), targetPort };
    },
  };
}

function ownerOf({ workload, namespace, node }: PodRecord) {
  return { workload: qualified(workload, namespace), node };
}

const isSameOwner = (one: PodRecord, other: PodRecord): boolean =>
  one.workload === other.workload && one.node === other.node;
