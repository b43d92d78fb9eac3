import { z } from 'zod';
import { KubernetesApiError, errorOfAnswer } from './api-error.ts';
import type { KubernetesObject, ObjectPage, WatchEvent } from './api.ts';

const stringsSchema = z.record(z.string(), z.string());
const metaSchema = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().optional(),
  creationTimestamp: z
    .string()
    .nullish()
    .transform((time) => time ?? undefined),
  deletionTimestamp: z.string().optional(),
  labels: stringsSchema.optional(),
  annotations: stringsSchema.optional(),
  ownerReferences: z
    .array(
      z.looseObject({
        kind: z.string(),
        name: z.string(),
        uid: z.string(),
        controller: z.boolean().optional(),
      }),
    )
    .optional(),
});
const objectSchema = z.looseObject({ metadata: metaSchema });
const pageSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string(), continue: z.string().optional() }),
  // Go writes an empty list as null.
  items: z.array(objectSchema).nullable(),
});
const eventSchema = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
});
const bookmarkSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

const words = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

export function parsePage(body: unknown, what: string): ObjectPage {
  const { metadata, items } = check(pageSchema, body, what);
  return {
    items: items ?? [],
    resourceVersion: metadata.resourceVersion,
    next: metadata.continue === '' ? undefined : metadata.continue,
  };
}

/** Throws what the API server tells by an event of the type ERROR, such as 410 for a version that it forgot. */
export function parseWatchEvent(line: unknown, what: string): WatchEvent {
  const { type, object } = check(eventSchema, line, what);
  if (type === 'ERROR') throw errorOfAnswer(what, 500, object);
  if (type !== 'BOOKMARK') return { type: words[type], object: parseObject(object, what) };
  return { type: 'bookmark', resourceVersion: check(bookmarkSchema, object, what).metadata.resourceVersion };
}

export function parseObject(value: unknown, what: string): KubernetesObject {
  return check(objectSchema, value, what);
}

function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new KubernetesApiError(
    `${what}: not what the Kubernetes API answers: ${z.prettifyError(parsed.error)}`,
    {
      code: 'malformed',
      cause: parsed.error,
    },
  );
}
