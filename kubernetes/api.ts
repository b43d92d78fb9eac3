/** What of the Kubernetes API is used, and nothing more: the port that the client implements and tests imitate. */

export interface OwnerReference {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent: the object belongs to no namespace. */
  readonly namespace?: string | undefined;
  readonly uid: string;
  /** Opaque: compared for equality only. */
  readonly resourceVersion: string;
  /** Counts up with each change of the wanted state. */
  readonly generation?: number | undefined;
  /** RFC 3339. */
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
}

/** An object as it came: `metadata` is checked, the rest is for whoever asked for it to check. */
export interface KubernetesObject {
  readonly metadata: ObjectMeta;
  readonly [key: string]: unknown;
}

export interface ObjectPage {
  readonly items: readonly KubernetesObject[];
  /** Where a watch of what the list shows goes on. */
  readonly resourceVersion: string;
  /** Of the next page; undefined: this was the last. */
  readonly next: string | undefined;
}

export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubernetesObject }
  /** Nothing happened up to here: where to go on after a break. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ReadOptions {
  readonly query?: Query;
  /** `metadata`: the API server leaves everything else out (PartialObjectMetadata). Default: whole objects. */
  readonly form?: 'whole' | 'metadata';
  readonly signal?: AbortSignal;
  /** Of a watch: it is connected, whether or not anything happens. */
  readonly onOpen?: () => void;
}

/** Errors are `KubernetesApiError`s; `path` begins with `/api/v1/…` or `/apis/GROUP/VERSION/…`. */
export interface KubernetesReader {
  list(path: string, options?: ReadOptions): Promise<ObjectPage>;
  /** Ends when the API server ends it, as it does every few minutes, or when `signal` says so. */
  watch(path: string, options?: ReadOptions): AsyncIterable<WatchEvent>;
}

export interface KubernetesWriter {
  /** Answers what the API server answered. `patch` is a JSON merge patch (RFC 7396). */
  send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<unknown>;
}

export interface KubernetesClient extends KubernetesReader, KubernetesWriter {
  /** Of the API server, for messages. */
  readonly server: string;
  /** Breaks what is under way and closes connections. */
  close(): void;
}
