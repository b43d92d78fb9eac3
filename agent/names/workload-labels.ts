import { z } from 'zod';
import type { Subject } from '../../stream/events/observation.ts';

const pattern = z
  .string()
  .min(1)
  .describe('Exact value, or with * for any characters (`netns/*`).')
  .default('*');

/** `workloads:` of the configuration file. */
export const workloadLabelsSchema = z
  .array(
    z.strictObject({
      match: z.strictObject({ namespace: pattern, workload: pattern }),
      labels: z
        .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'letters, digits and _ only'), z.string())
        .describe('Facts of rules as `labels.NAME`, e.g. `egress: strict` or `team: payments`.'),
    }),
  )
  .max(1_000)
  .default([])
  .describe('Labels by workload; of several entries that match, the later wins label by label.');
export type WorkloadLabels = z.output<typeof workloadLabelsSchema>;

/** Labels of a subject; undefined: none. */
export type LabelsOf = (
  subject: Pick<Subject, 'namespace' | 'workload'>,
) => Readonly<Record<string, string>> | undefined;

export function createLabelsOf(entries: WorkloadLabels): LabelsOf {
  const matchers = entries.map(({ match, labels }) => ({
    namespace: toMatcher(match.namespace),
    workload: toMatcher(match.workload),
    labels,
  }));
  return ({ namespace, workload }) => {
    const matching = matchers.filter((one) => one.namespace(namespace) && one.workload(workload));
    if (matching.length === 0) return undefined;
    return Object.fromEntries(matching.flatMap(({ labels }) => Object.entries(labels)));
  };
}

/** Compares piece by piece instead of by a pattern of the user's, which could take exponential time. */
function toMatcher(glob: string): (text: string) => boolean {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
      return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}
