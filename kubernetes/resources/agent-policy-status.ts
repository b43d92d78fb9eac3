import type { AgentPolicyRecord } from '../policies/agent-policy-record.ts';
import type { PolicyJudgement } from '../policies/judge-policies.ts';
import type { AgentPolicyStatus } from './agent-policy.ts';
import { type Condition, toCondition } from './condition.ts';

/** `judged` undefined: it cannot be used. */
export function agentPolicyStatus(
  { generation, fault }: Pick<AgentPolicyRecord, 'generation' | 'fault'>,
  judged: PolicyJudgement | undefined,
  before: AgentPolicyStatus | undefined,
  nowMs: number,
): AgentPolicyStatus {
  const condition = (type: string, status: boolean, reason: string, message: string): Condition =>
    toCondition(
      { type, status: status ? 'True' : 'False', reason, message, observedGeneration: generation },
      before?.conditions,
      nowMs,
    );
  if (judged === undefined)
    return {
      state: 'Refused',
      nodes: 0,
      in_force: 0,
      conditions: [
        condition(
          'Accepted',
          false,
          'DoesNotCheck',
          `${fault}; agents go on with what they could use of it last`,
        ),
      ],
    };
  const { nodes, inForce, lostTo } = judged;
  const [isConflict, reason, message] = conflictOf(judged);
  return {
    state: lostTo === undefined ? 'Active' : 'Conflict',
    nodes,
    in_force: inForce,
    conditions: [
      condition('Accepted', true, 'Checked', `holds on ${inForce} of ${nodes} nodes that it selects`),
      condition('Conflicting', isConflict, reason, message),
    ],
  };
}

function conflictOf({ lostTo, wonOver }: PolicyJudgement): readonly [boolean, string, string] {
  if (lostTo)
    return [true, 'OlderHolds', `${lostTo.name} of the same priority is older, and holds on ${lostTo.node}`];
  if (wonOver)
    return [true, 'HoldsAsTheOldest', `${wonOver.name} of the same priority selects ${wonOver.node}, too`];
  return [false, 'NoRival', 'no other of the same priority selects a node of its'];
}
