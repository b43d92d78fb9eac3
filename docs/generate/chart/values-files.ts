import { z } from 'zod';
import { valuesSchema } from '../../../charts/values/values-schema.ts';
import { type GeneratedFile, referencePage } from '../generated-file.ts';
import { type JsonSchema, toJsonSchema } from '../json-schema.ts';
import { schemaRows, schemaTable } from '../schema-rows.ts';
import { valuesYaml } from './values-yaml.ts';

const introduction = `Values of the chart \`charts/saccade\`, as \`helm install --values\` takes them; unknown ones and malformed ones are
refused before anything is installed. What each of them is for: [Kubernetes](../kubernetes.md).`;

/** Defaults, their check by Helm and the page for people, all from the one schema. */
export function valuesFiles(): readonly GeneratedFile[] {
  const schema = toJsonSchema(valuesSchema, 'input');
  return [
    referencePage('chart-values', 'Values of the chart', [introduction, schemaTable(schemaRows(schema))]),
    { path: 'charts/saccade/values.yaml', content: valuesYaml(schema) },
    { path: 'charts/saccade/values.schema.json', content: `${JSON.stringify(schemaForHelm(), null, 2)}\n` },
  ];
}

/** Helm 3 knows draft 7 in all its versions. Descriptions stay: editors show them. */
function schemaForHelm(): JsonSchema {
  const options = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const;
  const schema = z.toJSONSchema(valuesSchema, options) as JsonSchema & Record<string, unknown>;
  return { ...schema, title: 'Values of the chart saccade' };
}
