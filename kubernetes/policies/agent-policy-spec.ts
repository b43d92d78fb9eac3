import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { labelSelectorSchema } from './label-selector.ts';

export const granularities = ['workload', 'pod'] as const;
export type Granularity = (typeof granularities)[number];

const ranges = z
  .array(
    z
      .string()
      .max(64)
      // What the API server can tell; the rest is told in the status.
      .regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/, 'must be a range such as 203.0.113.0/24 or 2001:db8::/32')
      .refine((text) => ipaddr.isValidCIDR(text), 'must be a range such as 203.0.113.0/24 or 2001:db8::/32'),
  )
  .max(1_000)
  .default([]);

function specOf<T extends z.ZodType<string>>(signal: T) {
  const signals = z.array(signal).min(1).max(50).optional();
  return z.object({
    selector: labelSelectorSchema.prefault({}).describe('Labels of the Nodes that it is for; empty: all.'),
    priority: z
      .int()
      .min(-1_000)
      .max(1_000)
      .default(0)
      .describe(
        'Of several policies that select a node the one of the highest priority holds there, as a whole; among equals the oldest, which is then told as a conflict.',
      ),
    signals: z
      .object({
        only: signals.describe('These and no others.'),
        except: signals.describe('All but these.'),
      })
      .optional()
      .describe('What agents tell of their nodes; all if absent. Either `only` or `except`.'),
    granularity: z
      .enum(granularities)
      .default('workload')
      .describe(
        'Who is observed: `workload`: the owner of a pod up to the Deployment. `pod`: each pod by itself, as `pod/NAME`; baselines, alerts and limits are then per pod, begin anew with each new pod, and rules that name a workload do not see it (its owner is the fact `labels.workload`).',
      ),
    ranges: z
      .object({
        internal: ranges.describe(
          'Of your own network, beside those that are found or stand in `network.internal`.',
        ),
        external: ranges.describe('Of others, although they look internal: they go before all else.'),
      })
      .prefault({})
      .describe('What is no destination of `net.destinations`, and what is one.'),
  });
}

/** As the API server takes it: of the signals that this version knows. */
export const agentPolicySpecSchema = specOf(z.enum([...signalCatalogue.keys()]));

/** As agents take it: the definition in the cluster may be of a newer version than they are. */
export const readablePolicySpecSchema = specOf(z.string());
export type AgentPolicySpec = z.output<typeof readablePolicySpecSchema>;

/** Of the signals that are known here. */
export function isTold(signal: string, { signals = {} }: Pick<AgentPolicySpec, 'signals'>): boolean {
  if (signals.only !== undefined) return signals.only.includes(signal);
  return signals.except?.includes(signal) !== true;
}
