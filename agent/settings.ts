import { z } from 'zod';
import { apiServerSettingsSchema } from './apiserver/apiserver-settings.ts';
import { networkSchema } from './names/internal-ranges.ts';
import { workloadLabelsSchema } from './names/workload-labels.ts';
import { rowMetricsSchema } from './row-metrics/row-metrics.ts';

/** Keys of the configuration file that parts of the agent own: one line each, its schema beside its code. */
export const agentSettingsShape = {
  workloads: workloadLabelsSchema,
  network: networkSchema,
  metrics: rowMetricsSchema,
  apiserver: apiServerSettingsSchema,
};

export const agentSettingsSchema = z.object(agentSettingsShape);
export type AgentSettings = z.output<typeof agentSettingsSchema>;
