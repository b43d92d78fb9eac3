import { z } from 'zod';

const key = z.string().min(1).max(317);
const value = z.string().max(63);

export const labelSelectorOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** A LabelSelector as Kubernetes has it; empty: everything. */
export const labelSelectorSchema = z.object({
  matchLabels: z.record(key, value).optional().describe('Labels that it has, with exactly these values.'),
  matchExpressions: z
    .array(
      z.object({
        key,
        operator: z.enum(labelSelectorOperators),
        values: z.array(value).max(50).optional().describe('Of `In` and `NotIn`.'),
      }),
    )
    .max(20)
    .optional(),
});
export type LabelSelector = z.output<typeof labelSelectorSchema>;
type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

export type Labels = Readonly<Record<string, string>>;

/** All of it must hold. `NotIn` holds also of what has no such label, as in Kubernetes. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([name, wanted]) => labels[name] === wanted) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

export function isEverything({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function holds({ key: name, operator, values = [] }: Expression, labels: Labels): boolean {
  const own = labels[name];
  switch (operator) {
    case 'In':
      return own !== undefined && values.includes(own);
    case 'NotIn':
      return own === undefined || !values.includes(own);
    case 'Exists':
      return own !== undefined;
    case 'DoesNotExist':
      return own === undefined;
    default:
      return operator satisfies never;
  }
}
