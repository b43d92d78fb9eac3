import { z } from 'zod';
import { workloadLabelsSchema } from './names/workload-labels.ts';

/** Keys of the configuration file that parts of the agent own: one line each, its schema beside its code. */
export const agentSettingsShape = {
  workloads: workloadLabelsSchema,
};

export const agentSettingsSchema = z.object(agentSettingsShape);
export type AgentSettings = z.output<typeof agentSettingsSchema>;
