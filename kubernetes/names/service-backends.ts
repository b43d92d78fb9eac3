import type { Change } from '../informers/store.ts';
import { qualified } from './peer-directory.ts';
import type { PodRecord } from './pod-record.ts';
import type { SliceRecord } from './slice-record.ts';

export interface Backend {
  /** `deployment/payments.shop`; undefined: none, or several. */
  readonly workload: string | undefined;
  readonly targetPort: number | undefined;
}

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
  const workloads = new Map<string, string>();
  const slices = new Map<string, Map<string, SliceRecord>>();
  /** Forgotten with every change of a pod's name or of a slice; rows by the thousand ask in between. */
  let known = new Map<string, string | undefined>();

  function onlyWorkload(service: string): string | undefined {
    const found = new Set<string>();
    let looked = 0;
    for (const { pods, others } of slices.get(service)?.values() ?? []) {
      if (others > 0) return undefined;
      for (const pod of pods) {
        const workload = workloads.get(pod);
        if (workload !== undefined) found.add(workload);
        if (found.size > 1 || (looked += 1) > maxLooked) return undefined;
      }
    }
    return [...found][0];
  }

  return {
    podChanged(change) {
      if (change.type === 'update' && change.object.workload === change.previous.workload) return;
      if (change.type === 'delete') workloads.delete(change.key);
      else workloads.set(change.key, qualified(change.object.workload, change.object.namespace));
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
      if (!known.has(service)) known.set(service, onlyWorkload(service));
      const ports = [...(slices.get(service)?.values() ?? [])].map((slice) =>
        slice.ports.get(portName ?? ''),
      );
      const targetPort = portName === undefined ? undefined : ports.find((port) => port !== undefined);
      return { workload: known.get(service), targetPort };
    },
  };
}
