import { configSchema } from '../../app/config/schema.ts';
import { defaultConfigPaths } from '../../app/config/load-config.ts';
import { notificationsSchema } from '../../notifiers/config/config-schema.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { toJsonSchema } from './json-schema.ts';
import { codeList } from './markdown.ts';
import { schemaRows, schemaTable } from './schema-rows.ts';

const introduction = `YAML; no file at all is a working configuration. Named with \`--config\`, else the first that exists of
${codeList(defaultConfigPaths)} is taken. Unknown keys and malformed values stop the start, all of them told at once with their
places. \`data\`, \`rules.files\` and every \`…_file\` are relative to the file. The configuration is read at the start; rule files and tokens are read again
when they change.`;

const notificationsIntroduction = `Without this section pages go to the terminal. Routes are walked as in Alertmanager: the deepest match wins,
\`continue\` goes on with the next sibling, what a route leaves out it takes from the one above. A receiver is exactly
one of its kinds. An example stands in the [README](../../README.md#page-somebody).`;

export function configurationPage(): GeneratedFile {
  return referencePage('configuration', 'Configuration', [
    introduction,
    schemaTable(schemaRows(toJsonSchema(configSchema, 'input'))),
    '## `notifications`',
    notificationsIntroduction,
    schemaTable(schemaRows(toJsonSchema(notificationsSchema, 'input'), 'notifications.')),
  ]);
}
