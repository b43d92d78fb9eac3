import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { runTool } from '../images/run-tool.ts';
import type { ChartValues } from './values/values-schema.ts';

export const chartFolder = join(import.meta.dirname, 'saccade');

export interface RenderOptions {
  /** The program. */
  readonly helm: string;
  readonly values: ChartValues;
  /** For which the chart is to be; default: a current one, whatever Helm was built for. */
  readonly kubeVersion?: string;
  /** Of `helm test` too. */
  readonly hooks?: boolean;
  /** The definitions of custom resources too. */
  readonly definitions?: boolean;
}

/** What `helm install saccade` in the namespace saccade would apply. Throws with Helm's words. */
export function renderChart({ helm, values, kubeVersion = '1.34.0', ...parts }: RenderOptions): string {
  const { hooks = true, definitions = false } = parts;
  const folder = mkdtempSync(join(tmpdir(), 'saccade-chart-'));
  const file = join(folder, 'values.yaml');
  try {
    writeFileSync(file, stringify(values));
    const flags = ['--namespace', 'saccade', '--values', file, '--kube-version', kubeVersion];
    const chosen = [...(hooks ? [] : ['--no-hooks']), ...(definitions ? ['--include-crds'] : [])];
    return runTool(helm, ['template', 'saccade', chartFolder, ...flags, ...chosen]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => manifestSchema.parse(document.toJS()));
}
