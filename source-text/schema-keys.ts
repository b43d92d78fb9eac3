import { z } from 'zod';

const depthLimit = 64;

/** Keys that a schema takes at a path, looking through optional, default, lazy, pipes and unions. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[], depth = 0): readonly string[] {
  if (depth > depthLimit) return [];
  const next = (inner: z.core.$ZodType, rest: readonly PropertyKey[]) => keysAt(inner, rest, depth + 1);
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.core.$ZodType>>;
    const [first, ...rest] = path;
    if (first === undefined) return Object.keys(shape);
    const child = shape[String(first)];
    return child === undefined ? [] : next(child, rest);
  }
  if (schema instanceof z.ZodArray) return next(schema.element, path.slice(1));
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => [...next(option, path)]);
  if (schema instanceof z.ZodPipe) return [...next(schema.in, path), ...next(schema.out, path)];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable)
    return next(schema.unwrap(), path);
  if (schema instanceof z.ZodLazy) return next(schema.unwrap(), path);
  return [];
}
