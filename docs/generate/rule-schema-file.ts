import { format, resolveConfig } from 'prettier';
import { ruleFileJsonSchema } from '../../rules/json-schema.ts';
import type { GeneratedFile } from './generated-file.ts';

const path = 'rules/rule.schema.json';

/** What editors complete rule files with. */
export async function ruleSchemaFile(root: string): Promise<GeneratedFile> {
  const options = await resolveConfig(`${root}/${path}`);
  const content = await format(JSON.stringify(ruleFileJsonSchema(), null, 2), { ...options, parser: 'json' });
  return { path, content };
}
