import { z } from 'zod';
import { chosenLabelsSchema } from './node/chosen-labels.ts';

/**
 * `kubernetes:` of the configuration file. Absent: nothing of Kubernetes runs. `kubernetes: {}` in a pod is all that is
 * needed there; outside a cluster, a kubeconfig says where the API server is and who asks.
 */
export const kubernetesSchema = z
  .strictObject({
    kubeconfig: z.string().min(1).optional().meta({
      description: 'File that says where the API server is and who asks; relative to this file.',
      'x-default': 'in a pod its service account',
    }),
    context: z.string().min(1).optional().meta({
      description: 'Which context of the kubeconfig.',
      'x-default': 'its current one',
    }),
    labels: chosenLabelsSchema,
  })
  .refine(({ kubeconfig, context }) => context === undefined || kubeconfig !== undefined, {
    message: 'context chooses within a kubeconfig: name the file with kubeconfig',
    path: ['context'],
  })
  .optional();
export type KubernetesConfig = NonNullable<z.output<typeof kubernetesSchema>>;
