import { z } from 'zod';
import { agentPolicySpecSchema } from '../policies/agent-policy-spec.ts';
import { conditionSchema } from './condition.ts';
import { age, type CustomResource } from './custom-resource.ts';

export const agentPolicyStates = ['Active', 'Refused', 'Conflict'] as const;

export const agentPolicyStatusSchema = z.object({
  state: z
    .enum(agentPolicyStates)
    .describe('Conflict: on some node an older one of the same priority holds in its place.'),
  nodes: z.int().describe('Nodes that it selects.'),
  in_force: z.int().describe('Nodes where it holds.'),
  conditions: z
    .array(conditionSchema)
    .max(8)
    .describe('`Accepted`, and why not; `Conflicting`, and with which on which node.'),
});
export type AgentPolicyStatus = z.output<typeof agentPolicyStatusSchema>;

export const agentPolicy: CustomResource = {
  kind: 'AgentPolicy',
  plural: 'agentpolicies',
  scope: 'Cluster',
  description: 'What the agents on some nodes tell of them. They follow it while they run.',
  spec: agentPolicySpecSchema,
  unknownKeys: 'refused',
  validations: [
    {
      rule: '!has(self.signals) || has(self.signals.only) != has(self.signals.except)',
      message: 'signals: name either those that are told (only) or those that are not (except)',
    },
    {
      rule: "!has(self.selector) || !has(self.selector.matchExpressions) || self.selector.matchExpressions.all(e, (e.operator == 'In' || e.operator == 'NotIn') == (has(e.values) && size(e.values) > 0))",
      message: 'selector: In and NotIn need values, Exists and DoesNotExist have none',
    },
  ],
  status: agentPolicyStatusSchema,
  columns: [
    { name: 'State', type: 'string', jsonPath: '.status.state' },
    { name: 'Priority', type: 'integer', jsonPath: '.spec.priority' },
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes' },
    { name: 'In Force', type: 'integer', jsonPath: '.status.in_force' },
    { name: 'Granularity', type: 'string', jsonPath: '.spec.granularity' },
    age,
  ],
};
