import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';
import { type AgentPolicySpec, readablePolicySpecSchema } from './agent-policy-spec.ts';

/** What is kept of an AgentPolicy: it is usable, or `fault` says why it is not. */
export interface AgentPolicyRecord {
  readonly uid: string;
  readonly name: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly spec: AgentPolicySpec | undefined;
  readonly fault: string;
}

export type UsablePolicy = AgentPolicyRecord & { readonly spec: AgentPolicySpec };

/** More are left out and counted: each agent and the server know all of them. */
export const maxAgentPolicies = 100;
const maxFaultCharacters = 500;

/** Never throws: the API server checks the shape, but definitions in clusters are older or newer than who reads them. */
export function keepAgentPolicy({ metadata, ...rest }: KubernetesObject): AgentPolicyRecord {
  const { uid, name, generation = 0, creationTimestamp } = metadata;
  const spec = readablePolicySpecSchema.safeParse(rest['spec'] ?? {});
  return {
    uid,
    name,
    generation,
    createdMs: Date.parse(creationTimestamp ?? '') || 0,
    spec: spec.data,
    fault: spec.success ? '' : z.prettifyError(spec.error).slice(0, maxFaultCharacters),
  };
}

export function isUsable<T extends AgentPolicyRecord>(record: T): record is T & UsablePolicy {
  return record.spec !== undefined;
}
