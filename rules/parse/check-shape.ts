import { z } from 'zod';
import { didYouMean } from '../../source-text/suggestion.ts';
import { methodsNotBuiltYet, notBuiltYet } from '../schema.ts';
import type { Path, Report } from './faults.ts';

type Shape = Readonly<Record<string, z.ZodType>>;
/** What of a mapping could be read; a key with a fault is absent. */
export type Readable<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> };

/**
 * Reads a mapping key by key, so that a fault in one does not hide those in others. Reports unknown keys (with
 * suggestions, at any depth), missing keys and values of the wrong shape.
 */
export function readShape<S extends Shape>(
  schema: z.ZodObject<S>,
  value: unknown,
  report: Report,
): Readable<S> {
  if (!isMapping(value)) {
    report({ path: [] }, `must be a mapping, not ${kindOf(value)}`);
    return {};
  }
  reportUnknownKeys(schema, value, [], report);
  const read: Record<string, unknown> = {};
  for (const [key, part] of Object.entries<z.ZodType>(schema.shape)) {
    const result = part.safeParse(value[key]);
    if (result.success) {
      if (result.data !== undefined) read[key] = result.data;
    } else if (!(key in value)) report({ path: [] }, `"${key}" is missing`);
    else for (const issue of result.error.issues) reportIssue(issue, [key], value, report);
  }
  // A required key whose schema takes anything (conditions) parses as undefined, too.
  for (const key of requiredUnknowns(schema))
    if (!(key in value)) report({ path: [] }, `"${key}" is missing`);
  return read as Readable<S>;
}

function requiredUnknowns(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([key, part]) => (part instanceof z.ZodUnknown ? [key] : []));
}

function reportIssue(issue: z.core.$ZodIssue, prefix: Path, root: unknown, report: Report): void {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return; // reportUnknownKeys has told it, with a suggestion
    case 'invalid_union':
      return report({ path }, ...unionMessage(issue, valueAt(root, path)));
    case 'invalid_type':
      return report({ path }, typeMessage(issue, path, valueAt(root, path)));
    case 'invalid_value':
      return report({ path }, valueMessage(issue), near(valueAt(root, path), issue.values));
    case 'too_small':
      return report({ path }, sizeMessage(issue.origin, 'at least', issue.minimum));
    case 'too_big':
      return report({ path }, sizeMessage(issue.origin, 'at most', issue.maximum));
    case 'invalid_key':
      return report({ path, key: true }, issue.issues[0]?.message ?? issue.message);
    default:
      return report({ path }, lowerFirst(issue.message));
  }
}

function valueMessage(issue: z.core.$ZodIssueInvalidValue): string {
  const own = !issue.message.startsWith('Invalid');
  return own ? lowerFirst(issue.message) : `must be one of ${issue.values.map(String).join(', ')}`;
}

function sizeMessage(origin: string, bound: string, limit: number | bigint): string {
  const unit = origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';
  return origin === 'array' && limit === 1 ? 'must not be empty' : `must be ${bound} ${limit}${unit}`;
}

function unionMessage(
  issue: z.core.$ZodIssueInvalidUnion,
  value: unknown,
): [message: string, suggestion?: string] {
  if (issue.discriminator !== 'method') return [lowerFirst(issue.message)];
  const method = typeof value === 'string' ? value : undefined;
  if (method === undefined) return ['"method" is missing', 'method: rate, envelope, seen or static'];
  if (methodsNotBuiltYet.has(method))
    return [`baseline method "${method}" is not built yet`, 'use rate, envelope, seen or static'];
  const nearest = didYouMean(method, ['rate', 'envelope', 'seen', 'static']);
  return nearest === undefined
    ? [`unknown baseline method "${method}"`]
    : [`unknown baseline method "${method}"`, nearest];
}

function typeMessage(issue: z.core.$ZodIssueInvalidType, path: Path, value: unknown): string {
  if (value === undefined) return `"${String(path.at(-1))}" is missing`;
  const own = issue.message.startsWith('Invalid input');
  if (!own) return lowerFirst(issue.message);
  const names: Readonly<Record<string, string>> = {
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
    string: 'a text',
    int: 'a whole number',
  };
  return `must be ${names[issue.expected] ?? `a ${issue.expected}`}, not ${kindOf(value)}`;
}

function near(value: unknown, known: readonly unknown[]): string | undefined {
  return typeof value === 'string' ? didYouMean(value, known.map(String)) : undefined;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? `the text "${value}"` : `the ${typeof value} ${JSON.stringify(value)}`;
}

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  );
}

function reportUnknownKeys(schema: unknown, value: unknown, path: Path, report: Report): void {
  const bare = unwrap(schema, value);
  if (bare instanceof z.ZodArray && Array.isArray(value)) {
    for (const [index, item] of value.entries())
      reportUnknownKeys(bare.element, item, [...path, index], report);
  } else if (bare instanceof z.ZodObject && isMapping(value)) {
    const shape = bare.shape as Shape;
    for (const [key, item] of Object.entries(value))
      if (Object.hasOwn(shape, key)) reportUnknownKeys(shape[key], item, [...path, key], report);
      else report({ path: [...path, key], key: true }, ...unknownKey(key, Object.keys(shape)));
  }
}

function unknownKey(key: string, known: readonly string[]): [message: string, suggestion?: string] {
  if (notBuiltYet.has(key)) return [`"${key}" is not built yet`, 'remove it'];
  const nearest = didYouMean(key, known);
  return nearest === undefined
    ? [`unknown key "${key}"`, `one of ${known.join(', ')}`]
    : [`unknown key "${key}"`, nearest];
}

/** The schema under optional, default, prefault and pipe; of a union by `method`, the member that is meant. */
function unwrap(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return unwrap(schema.unwrap(), value);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in, value);
  if (schema instanceof z.ZodDiscriminatedUnion && isMapping(value))
    return schema.options.find(
      (option) => option instanceof z.ZodObject && methodOf(option) === value['method'],
    );
  return schema;
}

function methodOf(option: z.ZodObject): unknown {
  const method: unknown = option.shape['method'];
  return method instanceof z.ZodLiteral ? [...method.values][0] : undefined;
}
