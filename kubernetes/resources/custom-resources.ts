import { z } from 'zod';
import { ruleSchema } from '../../rules/schema.ts';
import { matcherSchema } from '../../stream/events/control.ts';
import { agentPolicy } from './agent-policy.ts';
import { conditionSchema } from './condition.ts';
import { age, type CustomResource, type PrinterColumn } from './custom-resource.ts';
import { packetCapture } from './packet-capture.ts';

export const resourceGroup = 'saccade.io';
export const resourceVersion = 'v1alpha1';

const acceptance = {
  state: z.string().describe('One word: Active, Refused, …'),
  conditions: z.array(conditionSchema).max(8).describe('`Accepted`, and why not, with line and column.'),
};

/** The keys of a rule that have other forms than one, which a structural schema cannot tell: the checker knows them. */
export const saccadeRuleSpecSchema = z.object({
  rules: z
    .array(ruleSchema)
    .min(1)
    .max(50)
    .describe('As in a rule file (docs/reference/rules.md). They see the namespace of this object only.'),
});
export const saccadeRuleStatusSchema = z.object({
  ...acceptance,
  rules: z.int().describe('Rules in it.'),
  firing: z.int().describe('Alerts of them that fire now.'),
});
export type SaccadeRuleStatus = z.output<typeof saccadeRuleStatusSchema>;

export const silenceSpecSchema = z.object({
  matchers: z
    .array(
      z.object({ ...matcherSchema.shape, name: z.string().min(1), op: matcherSchema.shape.op.default('=') }),
    )
    .min(1)
    .max(20)
    .describe('All must match, as in Alertmanager. Alerts of the namespace of this object only.'),
  ends_at: z.iso.datetime().describe('When it ends.'),
  comment: z.string().min(1).max(500).describe('Why.'),
});
export type SilenceSpec = z.output<typeof silenceSpecSchema>;
export const silenceStatusSchema = z.object(acceptance);

const state: PrinterColumn = { name: 'State', type: 'string', jsonPath: '.status.state' };

export const saccadeRule: CustomResource = {
  kind: 'SaccadeRule',
  plural: 'saccaderules',
  scope: 'Namespaced',
  description: 'Alert rules for the network of the namespace that this object is in.',
  spec: saccadeRuleSpecSchema,
  unknownKeys: 'kept',
  validations: [
    {
      rule: 'self.rules.all(r, self.rules.exists_one(other, other.id == r.id))',
      message: 'two rules have the same id',
    },
  ],
  status: saccadeRuleStatusSchema,
  columns: [
    state,
    { name: 'Rules', type: 'integer', jsonPath: '.status.rules' },
    { name: 'Firing', type: 'integer', jsonPath: '.status.firing' },
    age,
  ],
};

export const silence: CustomResource = {
  kind: 'Silence',
  plural: 'silences',
  scope: 'Namespaced',
  description: 'Keeps alerts of the namespace that this object is in from notifying, for a time.',
  spec: silenceSpecSchema,
  unknownKeys: 'kept',
  validations: [],
  status: silenceStatusSchema,
  columns: [
    state,
    { name: 'Ends', type: 'string', jsonPath: '.spec.ends_at' },
    { name: 'Comment', type: 'string', jsonPath: '.spec.comment' },
    age,
  ],
};

export const customResources: readonly CustomResource[] = [saccadeRule, silence, packetCapture, agentPolicy];

/** Of all objects of a kind, or of one; `namespace` undefined and a name: of one that belongs to none. */
export function resourcePath({ plural }: CustomResource, namespace?: string, name?: string): string {
  const group = `/apis/${resourceGroup}/${resourceVersion}`;
  if (namespace !== undefined) return `${group}/namespaces/${namespace}/${plural}/${name ?? ''}`;
  return name === undefined ? `${group}/${plural}` : `${group}/${plural}/${name}`;
}
