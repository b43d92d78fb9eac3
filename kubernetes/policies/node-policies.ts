import type { KubernetesReader } from '../api.ts';
import type { InformerClock, InformerStatus } from '../informers/informer.ts';
import { createInformerSet, type InformerSet } from '../informers/informer-set.ts';
import type { Change } from '../informers/store.ts';
import { agentPolicy } from '../resources/agent-policy.ts';
import { resourcePath } from '../resources/custom-resources.ts';
import {
  type AgentPolicyRecord,
  isUsable,
  keepAgentPolicy,
  maxAgentPolicies,
  type UsablePolicy,
} from './agent-policy-record.ts';
import { policiesFor, surePolicies } from './choose-policy.ts';
import type { KeptPolicy } from './kept-policy.ts';
import type { Labels } from './label-selector.ts';
import { type NodePolicy, noPolicy, toNodePolicy } from './node-policy.ts';

export interface NodePoliciesOptions {
  readonly api: KubernetesReader;
  /** As the cluster calls it. */
  readonly node: string;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
  /** Another one holds, or the one that does has changed. */
  readonly onChange?: (policy: NodePolicy) => void;
  /** What held before a restart; without, nothing does until the API server has answered. */
  readonly kept?: KeptPolicy;
}

export interface NodePoliciesStatus {
  /** Why what holds may not be what the cluster wants; undefined: it is. */
  readonly problem: string | undefined;
  /** Policies of the cluster that are known. */
  readonly known: number;
}

interface Known {
  /** As it is. */
  readonly record: AgentPolicyRecord;
  /** As it was last when it could be used. */
  readonly usable: UsablePolicy | undefined;
}

const policiesName = agentPolicy.plural;
const labelsName = 'labels of this node';
/** A watch that breaks is back within a second or two. */
const staleMs = 60_000;

/**
 * Which AgentPolicy holds on one node: knows all of them, and the labels of its own Node. While the API server is away,
 * or a policy cannot be used, what held goes on.
 */
export class NodePolicies {
  readonly #options: NodePoliciesOptions;
  readonly #set: InformerSet;
  readonly #policies = new Map<string, Known>();
  #labels: Labels | undefined;
  #current: NodePolicy = noPolicy;
  #holding: UsablePolicy | undefined;
  #selecting = 0;
  #changes = 0;
  /** Something may have changed since the last choice; at first, since the last run. */
  #isDue = true;

  constructor(options: NodePoliciesOptions) {
    this.#options = options;
    this.#set = createInformerSet(options);
    this.#set.add({
      resource: policiesName,
      path: resourcePath(agentPolicy),
      keep: keepAgentPolicy,
      onChange: (change) => this.#policyChanged(change),
      maxObjects: maxAgentPolicies,
      mayBeMissing: true,
    });
    this.#set.add({
      resource: labelsName,
      path: '/api/v1/nodes',
      query: { fieldSelector: `metadata.name=${options.node}` },
      form: 'metadata',
      keep: ({ metadata }): Labels => metadata.labels ?? {},
      onChange: (change) => this.#labelsChanged(change),
      maxObjects: 1,
    });
  }

  /** Waits so long for the first answer; afterwards it goes on by itself. */
  start(patienceMs: number): Promise<void> {
    const kept = this.#options.kept?.read();
    if (kept !== undefined) this.#hold(kept);
    return this.#set.start(patienceMs);
  }

  stop(): Promise<void> {
    return this.#set.stop();
  }

  /** What holds now. Cheap: asked for each row. */
  current(): NodePolicy {
    // Not by a part of the list: a policy that goes before the others may be in the rest of it.
    if (this.#isDue && this.#informer(policiesName).synced) this.#choose();
    return this.#current;
  }

  status(): NodePoliciesStatus {
    return { problem: this.#problem(), known: this.#policies.size };
  }

  stats(): Readonly<Record<string, number>> {
    const informers = this.#set.status();
    return {
      policies: this.#policies.size,
      policies_selecting: this.#selecting,
      policies_refused: this.#faults().length,
      policies_left_out: this.#informer(policiesName).leftOut,
      policy_changes: this.#changes,
      policy_stale_seconds: Math.max(...informers.map((one) => one.staleMs)) / 1_000,
      policy_failures: informers.reduce((sum, { failures }) => sum + failures, 0),
    };
  }

  #policyChanged(change: Change<AgentPolicyRecord>): void {
    this.#isDue = true;
    if (change.type === 'delete') {
      this.#policies.delete(change.key);
      return;
    }
    const { object: record, key } = change;
    // At first, what held before a restart.
    const before = this.#policies.get(key)?.usable ?? this.#holding;
    const lastGood = before?.uid === record.uid ? before : undefined;
    this.#policies.set(key, { record, usable: isUsable(record) ? record : lastGood });
  }

  /** A node whose object was deleted is the same machine still. */
  #labelsChanged(change: Change<Labels>): void {
    if (change.type === 'delete') return;
    this.#isDue = true;
    this.#labels = change.object;
  }

  #choose(): void {
    this.#isDue = false;
    const usable = [...this.#policies.values()].flatMap((one) => one.usable ?? []);
    const labels = this.#labels;
    const found = labels === undefined ? surePolicies(usable, this.#holding) : policiesFor(usable, labels);
    this.#selecting = found.length;
    const [first] = found;
    // Its status is told in the object, too, and changes nothing.
    if (first?.uid === this.#holding?.uid && first?.generation === this.#holding?.generation) return;
    this.#hold(first);
    this.#options.kept?.write(first);
  }

  #hold(policy: UsablePolicy | undefined): void {
    this.#holding = policy;
    this.#current = toNodePolicy(policy);
    this.#changes++;
    this.#options.onChange?.(this.#current);
  }

  #problem(): string | undefined {
    const policies = this.#informer(policiesName);
    const labels = this.#informer(labelsName);
    if (!policies.synced) return 'AgentPolicies could not be read yet: what held last does';
    if (!labels.synced)
      return `the ${labelsName} could not be read yet: policies for all nodes hold, and what held last`;
    const lag = Math.max(policies.staleMs, labels.staleMs);
    if (lag >= staleMs) return `as of ${Math.round(lag / 60_000)} min ago: the API server is away`;
    if (policies.objects >= maxAgentPolicies && policies.leftOut > 0)
      return `the cluster has more than ${maxAgentPolicies} AgentPolicies: some are left out`;
    const [fault] = this.#faults();
    if (fault !== undefined)
      return `${fault.record.name} cannot be used (${fault.record.fault})${goesOn(fault)}`;
    const { unknown } = this.#current;
    return unknown.length === 0 ? undefined : `this version does not know ${unknown.join(', ')}`;
  }

  #faults(): readonly Known[] {
    return [...this.#policies.values()].filter(({ record }) => !isUsable(record));
  }

  #informer(name: string): InformerStatus {
    const found = this.#set.status().find(({ resource }) => resource === name);
    if (found === undefined) throw new Error(`no informer ${name}`);
    return found;
  }
}

const goesOn = ({ usable }: Known): string =>
  usable === undefined ? '' : `: generation ${usable.generation} goes on`;
