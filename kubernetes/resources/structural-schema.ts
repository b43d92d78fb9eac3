import { z } from 'zod';
import type { UnknownKeys } from './custom-resource.ts';

type Json = Readonly<Record<string, unknown>>;

const kept = [
  'description',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
] as const;
/** The API server's cost limit for expressions needs to know how long texts and lists can be. */
const [longestText, longestList] = [4_096, 100];

/**
 * The structural schema (OpenAPI v3 as CustomResourceDefinitions want it) of a zod schema. What has several forms cannot
 * be told there and is left open. Keys that are not known are kept, so that a checker sees and tells them, or refused by
 * the API server (as `kubectl` asks it to; otherwise it drops them).
 */
export function toStructuralSchema(schema: z.ZodType, unknownKeys: UnknownKeys): Json {
  return structural(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), unknownKeys);
}

function structural(schema: Json, unknownKeys: UnknownKeys): Json {
  const base = Object.fromEntries(kept.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])));
  switch (schema['type']) {
    case 'object':
      return { ...base, ...objectOf(schema, unknownKeys) };
    case 'array':
      return {
        ...base,
        type: 'array',
        maxItems: schema['maxItems'] ?? longestList,
        ...('minItems' in schema && { minItems: schema['minItems'] }),
        items: structural((schema['items'] ?? {}) as Json, unknownKeys),
      };
    case 'string':
      return { maxLength: longestText, ...withoutUnknownFormat(base), type: 'string' };
    case 'integer':
      return { ...withoutBounds(base), type: 'integer' };
    case 'number':
    case 'boolean':
      return { ...base, type: schema['type'] };
    default:
      return {
        ...('description' in schema && { description: schema['description'] }),
        'x-kubernetes-preserve-unknown-fields': true,
      };
  }
}

function objectOf(schema: Json, unknownKeys: UnknownKeys): Json {
  const { properties, additionalProperties, required } = schema;
  if (properties === undefined && typeof additionalProperties === 'object')
    return { type: 'object', additionalProperties: structural(additionalProperties as Json, unknownKeys) };
  return {
    type: 'object',
    ...(unknownKeys === 'kept' && { 'x-kubernetes-preserve-unknown-fields': true }),
    properties: Object.fromEntries(
      Object.entries((properties ?? {}) as Record<string, Json>).map(([name, one]) => [
        name,
        structural(one, unknownKeys),
      ]),
    ),
    ...(Array.isArray(required) && required.length > 0 && { required }),
  };
}

/** zod gives both a pattern and a format; of formats the API server knows this one. */
function withoutUnknownFormat({ format, pattern, ...rest }: Json): Json {
  if (format === 'date-time') return { ...rest, format };
  return pattern === undefined ? rest : { ...rest, pattern };
}

/** Bounds of JavaScript's safe integers say nothing. */
function withoutBounds({ minimum, maximum, ...rest }: Json): Json {
  return {
    ...rest,
    ...(minimum !== Number.MIN_SAFE_INTEGER && minimum !== undefined && { minimum }),
    ...(maximum !== Number.MAX_SAFE_INTEGER && maximum !== undefined && { maximum }),
  };
}
