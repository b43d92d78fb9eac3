import { eventSchemas } from '../../stream/validate-event.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { toJsonSchema } from './json-schema.ts';
import { code, table } from './markdown.ts';
import { schemaRows } from './schema-rows.ts';

const introduction = `Everything that moves between the stages is a [CloudEvents 1.0](https://github.com/cloudevents/spec) event with the extension
\`partitionkey\`. \`data\` has one of these shapes; an event of another shape is refused when it is appended. What is
optional may be missing; what may be \`null\` is always there.`;

/** The page, and a JSON Schema for each type of event. */
export function eventsPages(): readonly GeneratedFile[] {
  const types = [...eventSchemas.keys()].toSorted();
  const page = referencePage('events', 'Events', [introduction, overview(types), ...types.flatMap(describe)]);
  return [page, ...types.map(schemaFile)];
}

function overview(types: readonly string[]): string {
  return table(
    ['type', 'JSON Schema of `data`'],
    types.map((type) => [code(type), `[${type}.json](events/${type}.json)`]),
  );
}

function describe(type: string): readonly string[] {
  const rows = schemaRows(toJsonSchema(schemaOf(type), 'output'));
  if (rows.length === 0) return [`## ${code(type)}`, 'No data.'];
  const cells = rows.map((row) => [code(row.path), row.required ? row.type : `${row.type}, optional`]);
  return [`## ${code(type)}`, table(['field', 'type'], cells)];
}

function schemaFile(type: string): GeneratedFile {
  const schema = { ...toJsonSchema(schemaOf(type), 'output'), title: type };
  return { path: `docs/reference/events/${type}.json`, content: `${JSON.stringify(schema, null, 2)}\n` };
}

function schemaOf(type: string) {
  const schema = eventSchemas.get(type);
  if (schema === undefined) throw new Error(`no schema for ${type}`);
  return schema;
}
