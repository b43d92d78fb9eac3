import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../api.ts';
import type { InformerStatus } from '../informers/informer.ts';
import {
  type AgentPolicyRecord,
  isUsable,
  keepAgentPolicy,
  maxAgentPolicies,
} from '../policies/agent-policy-record.ts';
import { judgePolicies, type PolicyJudgement } from '../policies/judge-policies.ts';
import type { NodeLabels } from '../policies/node-labels.ts';
import { agentPolicy, type AgentPolicyStatus, agentPolicyStatusSchema } from './agent-policy.ts';
import { agentPolicyStatus } from './agent-policy-status.ts';
import { resourcePath } from './custom-resources.ts';
import { type ControllerOptions, ObjectWatch } from './object-watch.ts';

export interface AgentPolicyControllerOptions extends ControllerOptions {
  readonly nodes: Pick<NodeLabels, 'version' | 'entries'>;
}

interface PolicyRecord extends AgentPolicyRecord {
  readonly told: AgentPolicyStatus | undefined;
}

const lookEveryMs = 2_000;

/**
 * Says in each AgentPolicy where it holds, and why not where it does not. By the same choice as the agents', who follow
 * the objects by themselves and wait for nobody.
 */
export class AgentPolicyController {
  readonly #options: AgentPolicyControllerOptions;
  readonly #objects: ObjectWatch<PolicyRecord>;
  #judged: ReadonlyMap<string, PolicyJudgement> = new Map();
  /** What was judged. */
  #judgedOf = '';

  constructor(options: AgentPolicyControllerOptions) {
    this.#options = options;
    this.#objects = new ObjectWatch({
      ...options,
      resource: agentPolicy,
      maxObjects: maxAgentPolicies,
      lookEveryMs,
      keep: keepPolicy,
      reconcile: async () => {
        this.#judge();
        await this.#objects.forEach((record, key) => this.#tell(record, key));
      },
    });
  }

  start(): void {
    this.#objects.start();
  }

  stop(): Promise<void> {
    return this.#objects.stop();
  }

  status(): InformerStatus {
    return this.#objects.status();
  }

  /** All policies over all nodes: only where either changed. */
  #judge(): void {
    const { nodes } = this.#options;
    const records = this.#objects.records();
    const version = [nodes.version, ...records.map(({ uid, generation }) => `${uid}-${generation}`)].join(
      ' ',
    );
    if (version === this.#judgedOf) return;
    this.#judgedOf = version;
    this.#judged = judgePolicies(records.filter(isUsable), nodes.entries());
  }

  async #tell(record: PolicyRecord, key: string): Promise<void> {
    const { api, clock } = this.#options;
    const { told, uid, name } = record;
    const status = agentPolicyStatus(record, this.#judged.get(uid), told, clock.nowMs());
    if (isDeepStrictEqual(status, told)) return;
    const path = `${resourcePath(agentPolicy, undefined, name)}/status`;
    await api.send('PATCH', path, { status }, this.#objects.signal);
    // It comes back as a change, too; until then it is not told again.
    this.#objects.replace(key, record, { ...record, told: status });
  }
}

function keepPolicy(object: KubernetesObject): PolicyRecord {
  const told = agentPolicyStatusSchema.safeParse(object['status']);
  return { ...keepAgentPolicy(object), told: told.success ? told.data : undefined };
}
