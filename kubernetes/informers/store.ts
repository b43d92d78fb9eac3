import type { KubernetesObject } from '../api.ts';

export type Keep<T> = (object: KubernetesObject) => T | undefined;

/** What became of an object; `key` is `namespace/name`, or `name` of what belongs to no namespace. */
export type Change<T> =
  | { readonly type: 'add'; readonly key: string; readonly object: T; readonly atMs: number }
  | {
      readonly type: 'update';
      readonly key: string;
      readonly object: T;
      readonly previous: T;
      readonly atMs: number;
    }
  | { readonly type: 'delete'; readonly key: string; readonly previous: T; readonly atMs: number };

export interface StoreOptions<T> {
  readonly resource: string;
  readonly keep: Keep<T>;
  readonly onChange: (change: Change<T>) => void;
  readonly maxObjects: number;
  readonly onProblem: (error: unknown, resource: string) => void;
}

/** A list that is being read: what of the store it does not name by its end, is gone. */
export interface Listing {
  take(object: KubernetesObject, nowMs: number): void;
  end(nowMs: number): void;
}

export interface Store<T> {
  put(object: KubernetesObject, nowMs: number): void;
  remove(object: KubernetesObject, nowMs: number): void;
  beginListing(): Listing;
  values(): IterableIterator<T>;
  size(): number;
  leftOut(): number;
}

interface Entry<T> {
  readonly uid: string;
  readonly version: string;
  readonly kept: T;
}

export function keyOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The objects of an informer, a bounded number of them, and what changes about them. */
export function createStore<T>({
  resource,
  keep,
  onChange,
  maxObjects,
  onProblem,
}: StoreOptions<T>): Store<T> {
  const entries = new Map<string, Entry<T>>();
  let leftOut = 0;

  function read(object: KubernetesObject): T | undefined {
    try {
      return keep(object);
    } catch (error) {
      leftOut += 1;
      onProblem(error, resource);
      return undefined;
    }
  }

  function drop(key: string, nowMs: number): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    onChange({ type: 'delete', key, previous: entry.kept, atMs: nowMs });
  }

  function put(object: KubernetesObject, nowMs: number): void {
    const key = keyOf(object);
    const { uid, resourceVersion } = object.metadata;
    const known = entries.get(key);
    if (known?.uid === uid && known.version === resourceVersion) return;
    // The same name for another object: the old one's end was missed.
    if (known && known.uid !== uid) drop(key, nowMs);
    const kept = read(object);
    if (kept === undefined) drop(key, nowMs);
    else store(key, { uid, version: resourceVersion, kept }, nowMs);
  }

  function store(key: string, entry: Entry<T>, nowMs: number): void {
    const previous = entries.get(key)?.kept;
    if (previous === undefined && entries.size >= maxObjects) {
      leftOut += 1;
      return;
    }
    entries.set(key, entry);
    if (previous === undefined) onChange({ type: 'add', key, object: entry.kept, atMs: nowMs });
    else onChange({ type: 'update', key, object: entry.kept, previous, atMs: nowMs });
  }

  return {
    put,
    remove: (object, nowMs) => drop(keyOf(object), nowMs),
    beginListing() {
      const named = new Set<string>();
      return {
        take(object, nowMs) {
          named.add(keyOf(object));
          put(object, nowMs);
        },
        end(nowMs) {
          for (const key of [...entries.keys()]) if (!named.has(key)) drop(key, nowMs);
        },
      };
    },
    *values() {
      for (const { kept } of entries.values()) yield kept;
    },
    size: () => entries.size,
    leftOut: () => leftOut,
  };
}
