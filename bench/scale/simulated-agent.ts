import { createObservationSource } from '../../app/observation-source.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { ObservationBatch, ObservationRow, Subject } from '../../stream/events/observation.ts';
import type { ClusterLayout, SimulatedPod } from './cluster-layout.ts';
import {
  cycleSeconds,
  type NodeTemplate,
  type PodTemplate,
  type TemplateBatch,
  type TemplateRow,
} from './node-template.ts';

export interface SimulatedAgent {
  readonly node: string;
  /** What it tells at the end of the second that ends at `nowMs`; each second once, in order. */
  tell(nowMs: number): readonly CloudEvent[];
}

export const nodeName = (index: number): string => `node-${index}`;

/**
 * An agent of a node that has no kernel below it: it repeats what a real one told of a real pod, for each of its pods,
 * under their names and addresses and the time of now. Ids, keys and batches are made by the agent's own code.
 */
export function createSimulatedAgent(
  layout: ClusterLayout,
  index: number,
  template: NodeTemplate,
): SimulatedAgent {
  const node = nodeName(index);
  const told: CloudEvent[] = [];
  const source = createObservationSource(
    { append: (_topic, events) => Promise.resolve(void told.push(...events)) },
    node,
    (error) => {
      throw error;
    },
  );
  const pods = layout.podsOf(index).map((pod, n) => ({ pod, tells: templateOf(template, n) }));
  return {
    node,
    tell(nowMs) {
      const second = Math.floor(nowMs / 1000) % cycleSeconds;
      for (const { pod, tells } of pods)
        for (const batch of tells)
          if (batch.second === second) source.emit(toBatch(layout, node, pod, batch, nowMs));
      return told.splice(0);
    },
  };
}

function templateOf({ pods }: NodeTemplate, n: number): PodTemplate {
  return pods[n % pods.length] ?? [];
}

function toBatch(
  layout: ClusterLayout,
  node: string,
  pod: SimulatedPod,
  { candidate, windowMs, elapsedMs, rows }: TemplateBatch,
  nowMs: number,
): ObservationBatch {
  const subject: Subject = {
    cluster: 'scale',
    node,
    namespace: pod.namespace,
    workload: `deployment/${pod.deployment}`,
    pod: pod.name,
    container: 'main',
    netns_cookie: String(pod.index + 1),
  };
  return {
    window: { start: new Date(nowMs - elapsedMs).toISOString(), ms: windowMs, elapsed_ms: elapsedMs },
    candidate,
    subject,
    rows: rows.map((row) => toRow(layout, pod, row)),
  };
}

function toRow(layout: ClusterLayout, pod: SimulatedPod, { nth, ...row }: TemplateRow): ObservationRow {
  if (nth < 0) return row;
  const ip = layout.peerIp(pod, row.role, nth);
  // As an agent in a cluster has it: the names of others' pods are given later.
  return { ...row, peer: { kind: 'external', name: ip, ip } };
}
