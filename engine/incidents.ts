import { parse } from 'yaml';
import { z } from 'zod';

/** What really happened, as people noted it down. */
export const incidentSchema = z.strictObject({
  name: z.string().optional(),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
});
export const incidentsSchema = z.array(incidentSchema).max(10_000);
export type Incident = z.infer<typeof incidentSchema>;

/** Reads a list of `{name, from, to}` from YAML or JSON; throws with the place of the first fault. */
export function parseIncidents(text: string, path: string): readonly Incident[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const result = incidentsSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a list of incidents'}`);
}

/** Pages come a little after the beginning, and a fault may be noted a minute late. */
const slackMs = 60_000;

export function incidentAt(incidents: readonly Incident[], atMs: number): Incident | undefined {
  return incidents.find(
    ({ from, to }) => atMs >= Date.parse(from) - slackMs && atMs <= Date.parse(to) + slackMs,
  );
}
