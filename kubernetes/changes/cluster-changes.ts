import type { Change } from '../informers/store.ts';
import type { NodeRecord } from '../names/node-record.ts';
import { qualified } from '../names/peer-directory.ts';
import type { PodRecord } from '../names/pod-record.ts';
import { type ClusterChange, concerns, type Surroundings } from './cluster-change.ts';
import { changesOfNode, changesOfPod, changesOfPolicy, changesOfWorkload } from './detect-changes.ts';
import type { PolicyRecord } from './policy-record.ts';
import type { WorkloadRecord } from './workload-record.ts';

/** Longer than is asked for: alerts are asked about some time after they began. */
const keepMs = 20 * 60_000;
const maxChanges = 20_000;
/** A cordoned node whose pods were told to end so short a time ago is being drained. */
const drainingMs = 10 * 60_000;

/** What changed lately in the cluster, and what is changing. */
export class ClusterChanges {
  readonly #nowMs: () => number;
  #changes: ClusterChange[] = [];
  #dropped = 0;
  readonly #workloads = new Map<string, WorkloadRecord>();
  readonly #rolloutMs = new Map<string, number>();
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #evictedMs = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  workloadChanged(change: Change<WorkloadRecord>): void {
    const { workload, namespace } = change.type === 'delete' ? change.previous : change.object;
    const name = qualified(workload, namespace);
    const found = changesOfWorkload(change);
    if (change.type === 'delete') {
      this.#workloads.delete(name);
      this.#rolloutMs.delete(name);
    } else {
      this.#workloads.set(name, change.object);
      const rollout = found.find(({ kind }) => kind === 'rollout');
      if (rollout) this.#rolloutMs.set(name, rollout.atMs);
    }
    this.#note(found);
  }

  nodeChanged(change: Change<NodeRecord>): void {
    if (change.type === 'delete') {
      this.#nodes.delete(change.key);
      this.#evictedMs.delete(change.key);
    } else this.#nodes.set(change.key, change.object);
    this.#note(changesOfNode(change));
  }

  podChanged(change: Change<PodRecord>): void {
    const isTold = change.type === 'update' && change.object.isEnding && !change.previous.isEnding;
    if (isTold && this.isCordoned(change.object.node))
      this.#evictedMs.set(change.object.node ?? '', change.atMs);
    this.#note(changesOfPod(change));
  }

  policyChanged(change: Change<PolicyRecord>): void {
    this.#note(changesOfPolicy(change));
  }

  /** Those of the time before that concern either end; the latest first. */
  before(atMs: number, spanMs: number, around: Surroundings): readonly ClusterChange[] {
    return this.#changes
      .filter((change) => change.atMs <= atMs && atMs - change.atMs <= spanMs && concerns(change, around))
      .toSorted((a, b) => b.atMs - a.atMs);
  }

  /** undefined: no such node is known. */
  isCordoned(node: string | undefined): boolean | undefined {
    return this.#nodes.get(node ?? '')?.isUnschedulable;
  }

  isDraining(node: string): boolean | undefined {
    const isCordoned = this.isCordoned(node);
    if (isCordoned !== true) return isCordoned;
    return this.#nowMs() - (this.#evictedMs.get(node) ?? -Infinity) < drainingMs;
  }

  /** `deployment/checkout.shop`; undefined: not known. */
  isRollingOut(workload: string): boolean | undefined {
    return this.#workloads.get(workload)?.isRollingOut;
  }

  /** When its latest rollout began; undefined: none since we look. */
  rolloutMs(workload: string): number | undefined {
    return this.#rolloutMs.get(workload);
  }

  stats(): { readonly changes: number; readonly dropped: number } {
    return { changes: this.#changes.length, dropped: this.#dropped };
  }

  #note(found: readonly ClusterChange[]): void {
    if (found.length === 0) return;
    const fromMs = this.#nowMs() - keepMs;
    const fresh = [...this.#changes.filter(({ atMs }) => atMs >= fromMs), ...found];
    this.#dropped += Math.max(0, fresh.length - maxChanges);
    this.#changes = fresh.slice(-maxChanges);
  }
}
