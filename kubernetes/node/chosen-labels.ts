import { z } from 'zod';
import type { ObjectMeta } from '../api.ts';

const key = z.string().min(1).max(317);

/** `kubernetes.labels` of the configuration file. */
export const chosenLabelsSchema = z
  .record(
    z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'letters, digits and _ only'),
    z.union([
      z.strictObject({ label: key.describe('A label of the pod, e.g. `app.kubernetes.io/part-of`.') }),
      z.strictObject({ annotation: key.describe('An annotation of the pod.') }),
    ]),
  )
  .refine((labels) => Object.keys(labels).length <= 32, 'at most 32')
  .default({})
  .describe(
    'Labels and annotations of pods that observations carry: facts of rules as `labels.NAME`, e.g. `team: {label: team}`. `workloads` goes before them.',
  );
export type ChosenLabels = z.output<typeof chosenLabelsSchema>;

/** Kubernetes allows 63 in a label, 256 KiB in the annotations: each row of a pod pays for them. */
const maxValueCharacters = 256;

/** undefined: the pod has none of them. */
export function chooseLabels(
  { labels, annotations }: Pick<ObjectMeta, 'labels' | 'annotations'>,
  chosen: ChosenLabels,
): Readonly<Record<string, string>> | undefined {
  const pairs = Object.entries(chosen).flatMap(([name, from]) => {
    const value = 'label' in from ? labels?.[from.label] : annotations?.[from.annotation];
    return value === undefined ? [] : [[name, value.slice(0, maxValueCharacters)] as const];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}
