import type { KubernetesReader } from '../api.ts';
import { Informer, type InformerClock, type InformerStatus } from '../informers/informer.ts';
import type { Change } from '../informers/store.ts';
import type { ChosenLabels } from './chosen-labels.ts';
import { type NodePod, parseNodePod } from './node-pod.ts';
import { PodBook, type PodIds, type PodSubject } from './pod-book.ts';

export interface NodePodsOptions {
  readonly api: KubernetesReader;
  /** As the cluster calls it. */
  readonly node: string;
  readonly labels: ChosenLabels;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
}

export interface NodePods {
  start(): void;
  /** Resolves once all pods of the node are known, however long that takes. */
  readonly synced: Promise<void>;
  stop(): Promise<void>;
  find(ids: PodIds): PodSubject | undefined;
  /** Of the pods that are there. */
  addresses(): readonly string[];
  status(): InformerStatus;
  stats(): ReturnType<PodBook['stats']>;
}

const maxPods = 2_000;

/**
 * Knows the pods of one node, by a list and a watch that the API server restricts to them: what thousands of nodes may
 * do at once. While the API server is away, what is known goes on; `status` says for how long.
 */
export function createNodePods(options: NodePodsOptions): NodePods {
  const { api, node, labels, clock, random, onProblem } = options;
  const book = new PodBook({ nowMs: () => clock.nowMs(), maxPods });
  const informer = new Informer<NodePod>({
    api,
    resource: 'pods of this node',
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${node}` },
    keep: (object) => parseNodePod(object, labels),
    onChange: (change) => follow(book, change),
    maxObjects: maxPods,
    clock,
    random,
    onProblem,
  });
  return {
    start: () => informer.start(),
    synced: informer.synced,
    stop: () => informer.stop(),
    find: (ids) => book.find(ids),
    addresses: () => book.addresses(),
    status: () => informer.status(),
    stats: () => book.stats(),
  };
}

function follow(book: PodBook, change: Change<NodePod>): void {
  if (change.type === 'delete') book.remove(change.previous.uid);
  else book.put(change.object);
}
