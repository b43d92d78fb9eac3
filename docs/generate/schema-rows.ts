import { durationPattern, sizePattern } from '../../source-text/quantities.ts';
import { type Definitions, type JsonSchema, resolveReference } from './json-schema.ts';
import { code, table } from './markdown.ts';

export interface SchemaRow {
  /** `captures.max_bytes`, `receivers[].name`. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string;
  readonly description: string;
}

const namedPatterns: ReadonlyMap<string | undefined, string> = new Map([
  [durationPattern.source, 'duration'],
  [sizePattern.source, 'size'],
]);

/** Every key below a schema, depth first. What refers to itself is described once. */
export function schemaRows(
  root: JsonSchema,
  prefix = '',
  definitions: Definitions = root.$defs ?? {},
  open: readonly string[] = [],
): readonly SchemaRow[] {
  const required = new Set(root.required);
  return Object.entries(root.properties ?? {}).flatMap(([name, written]) => {
    const schema = resolveReference(written, definitions);
    const path = `${prefix}${name}`;
    const row = {
      path,
      type: typeName(written, definitions),
      required: required.has(name),
      default: defaultText(schema),
      description: schema.description ?? '',
    };
    return [row, ...rowsBelow(written, path, definitions, open)];
  });
}

function rowsBelow(
  written: JsonSchema,
  path: string,
  definitions: Definitions,
  open: readonly string[],
): readonly SchemaRow[] {
  const inner = written.items ?? orNull(written) ?? written;
  const reference = inner.$ref;
  if (reference !== undefined && open.includes(reference)) return [];
  const nested = resolveReference(inner, definitions);
  const opened = reference === undefined ? open : [...open, reference];
  return schemaRows(nested, written.items === undefined ? `${path}.` : `${path}[].`, definitions, opened);
}

/** What a nullable schema is where it is not null. */
function orNull({ anyOf }: JsonSchema): JsonSchema | undefined {
  const [first, second] = anyOf ?? [];
  return second?.type === 'null' ? first : undefined;
}

/** Mappings that say nothing of their own are left to their keys. */
export function schemaTable(all: readonly SchemaRow[]): string {
  const rows = all.filter(
    ({ type, description, required }) => type !== 'mapping' || description !== '' || required,
  );
  return table(
    ['key', 'type', 'default', 'meaning'],
    rows.map((row) => [
      code(row.path),
      row.type,
      row.required ? '**required**' : row.default,
      row.description,
    ]),
  );
}

function defaultText({ 'x-default': text, default: value }: JsonSchema): string {
  if (text !== undefined) return text;
  if (value === undefined || isEmptyObject(value)) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', '));
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !Array.isArray(value)
  );
}

/** `duration`, `one of a, b`, `list of text`, in words that a reader of the page knows. */
export function typeName(written: JsonSchema, definitions: Definitions): string {
  if (written.$ref?.endsWith('/condition') === true) return 'condition';
  const schema = resolveReference(written, definitions);
  if (schema.title !== undefined) return schema.title;
  const named = namedPatterns.get(schema.pattern);
  if (named !== undefined) return named;
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined)
    return `one of ${schema.enum.map((value) => code(String(value))).join(', ')}`;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternativesName(alternatives, definitions);
  if (schema.type === 'array')
    return schema.items === undefined ? 'list' : `list of ${typeName(schema.items, definitions)}`;
  if (schema.type === 'object')
    return schema.properties === undefined ? mapName(schema, definitions) : 'mapping';
  return plainName(schema);
}

function alternativesName(alternatives: readonly JsonSchema[], definitions: Definitions): string {
  const names = alternatives.map((one) => typeName(one, definitions));
  // A figure: a number, or a text with a percent sign.
  if (names.join() === 'number,text' && alternatives[1]?.pattern?.includes('%') === true) return 'figure';
  return [...new Set(names)].join(' or ');
}

function mapName({ additionalProperties }: JsonSchema, definitions: Definitions): string {
  if (typeof additionalProperties !== 'object') return 'mapping';
  return `mapping to ${typeName(additionalProperties, definitions)}`;
}

function plainName({ type, format }: JsonSchema): string {
  if (typeof type === 'object') return type.map((one) => plainName({ type: one })).join(' or ');
  switch (type) {
    case 'string':
      return format === 'date-time' ? 'time (ISO 8601)' : format === 'uri' ? 'URL' : 'text';
    case 'boolean':
      return 'yes or no';
    case 'integer':
      return 'whole number';
    default:
      return type ?? 'anything';
  }
}
