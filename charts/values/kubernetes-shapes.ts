import { z } from 'zod';

/** What Kubernetes defines is handed on as it is: the API server checks it when the chart is installed. */
const asKubernetesHasIt = z.record(z.string(), z.unknown());

export const mapping = (description: string) => asKubernetesHasIt.default({}).describe(description);
export const listOf = (description: string, value: readonly Record<string, unknown>[] = []) =>
  z
    .array(asKubernetesHasIt)
    .default([...value])
    .describe(description);
export const texts = (description: string) =>
  z.record(z.string(), z.string()).default({}).describe(description);
export const optionalText = (description: string) => z.string().default('').describe(description);
export const port = (value: number, description: string) =>
  z.int().min(1).max(65_535).default(value).describe(description);
export const yes = (value: boolean, description: string) => z.boolean().default(value).describe(description);

/** A section whose keys all have defaults. */
export const section = <Shape extends z.ZodRawShape>(description: string, shape: Shape) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(description);

/** Of a quantity or a percentage, as Kubernetes takes either. */
export const numberOrShare = (value: number | string, description: string) =>
  z.union([z.int(), z.string()]).default(value).describe(description);

interface ResourceDefaults {
  readonly cpu: string;
  readonly memory: string;
  readonly memoryLimit: string;
}

/** No limit of CPU by default: throttled, a pager is late. */
export const resources = ({ cpu, memory, memoryLimit }: ResourceDefaults) =>
  asKubernetesHasIt
    .default({ requests: { cpu, memory }, limits: { memory: memoryLimit } })
    .describe('Requests and limits of its container.');

/** What every workload of the chart can be given. */
export const podShape = (defaults: ResourceDefaults) => ({
  resources: resources(defaults),
  nodeSelector: texts('Labels of the nodes that it may run on.'),
  tolerations: listOf('Taints that it tolerates.'),
  affinity: mapping('Affinity of its pods.'),
  podLabels: texts('Labels of its pods beside the chart’s.'),
  podAnnotations: texts('Annotations of its pods beside the chart’s.'),
  env: listOf('Environment variables of its container beside the chart’s, such as a proxy.'),
});
