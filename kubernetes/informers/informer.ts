import { KubernetesApiError } from '../api-error.ts';
import type { KubernetesReader, Query, WatchEvent } from '../api.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { type Change, createStore, type Keep, type Store } from './store.ts';

/** Time and chance, injected. */
export interface InformerClock {
  nowMs(): number;
  /** Resolves after the time or as soon as the signal aborts, whichever is first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface InformerOptions<T> {
  readonly api: KubernetesReader;
  /** For people and metrics: `pods`. */
  readonly resource: string;
  readonly path: string;
  readonly query?: Query;
  readonly form?: 'whole' | 'metadata';
  /** What of an object is kept; undefined: it is of no interest. Throwing is a fault of the object, told and skipped. */
  readonly keep: Keep<T>;
  readonly onChange: (change: Change<T>) => void;
  /** Objects kept at most; more are counted and left out. */
  readonly maxObjects: number;
  /** Older or smaller clusters have no such kind: then there is nothing to know. */
  readonly mayBeMissing?: boolean;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
  readonly pageSize?: number;
  readonly backoff?: { readonly firstMs: number; readonly maxMs: number };
}

export interface InformerStatus {
  readonly resource: string;
  /** The whole list was read at least once. */
  readonly synced: boolean;
  readonly objects: number;
  /** Not kept for lack of room, or because they could not be read. */
  readonly leftOut: number;
  /** How long nothing could be heard from the API server; 0: it is connected. */
  readonly staleMs: number;
  readonly relists: number;
  readonly failures: number;
}

/** The API server ends a watch after this time; we ask for another, so that no connection is for ever. */
const watchSeconds = 290;
const shortWatchMs = 1_000;
/** How often a kind that the cluster does not have is asked for again. */
const missingRetryMs = 5 * 60_000;

/**
 * Knows all objects of a kind: lists them page by page, then watches what changes.
 *
 * Invariants: a version is only ever taken from the API server; when it has forgotten one (410), everything is listed
 * again and compared, so that what was deleted meanwhile is told as deleted. While the API server is away nothing is
 * forgotten: `status` says for how long nothing was heard.
 */
export class Informer<T> {
  readonly #options: InformerOptions<T>;
  readonly #store: Store<T>;
  readonly #backoff: Backoff;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Where to go on; undefined: list everything first. */
  #version: string | undefined;
  #synced = Promise.withResolvers<void>();
  #isSynced = false;
  /** undefined: connected. */
  #awaySinceMs: number | undefined;
  #relists = 0;
  #failures = 0;

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.#store = createStore(options);
    this.#backoff = createBackoff({
      ...(options.backoff ?? { firstMs: 500, maxMs: 30_000 }),
      random: options.random,
    });
  }

  /** Begins; what it learns comes through `onChange`. */
  start(): void {
    this.#awaySinceMs = this.#options.clock.nowMs();
    this.#running ??= this.#run();
  }

  /** Resolves once everything was listed, however long that takes; never where it is stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  values(): IterableIterator<T> {
    return this.#store.values();
  }

  status(): InformerStatus {
    const { clock, resource } = this.#options;
    return {
      resource,
      synced: this.#isSynced,
      objects: this.#store.size(),
      leftOut: this.#store.leftOut(),
      staleMs: this.#awaySinceMs === undefined ? 0 : Math.max(0, clock.nowMs() - this.#awaySinceMs),
      relists: this.#relists,
      failures: this.#failures,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list();
        await this.#watch(this.#version);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #list(): Promise<string> {
    const { api, path, query, form = 'whole', pageSize = 500, clock } = this.#options;
    const listing = this.#store.beginListing();
    let next: string | undefined;
    for (;;) {
      const page = await api.list(path, {
        query: { ...query, limit: pageSize, continue: next },
        form,
        signal: this.#stop.signal,
      });
      for (const object of page.items) listing.take(object, clock.nowMs());
      next = page.next;
      if (next !== undefined) continue;
      listing.end(clock.nowMs());
      this.#relists += 1;
      this.#setSynced();
      return page.resourceVersion;
    }
  }

  async #watch(from: string): Promise<void> {
    const { api, path, query, form = 'whole', clock } = this.#options;
    const { signal } = this.#stop;
    const asked = { ...query, resourceVersion: from, timeoutSeconds: watchSeconds };
    const events = api.watch(path, { query: asked, form, signal, onOpen: () => this.#connected() });
    const beganMs = clock.nowMs();
    for await (const event of events) this.#take(event);
    this.#awaySinceMs ??= clock.nowMs();
    // The next one begins at once, unless somebody between us and the API server ends them all at once.
    if (clock.nowMs() - beganMs < shortWatchMs) await clock.sleep(this.#backoff.nextMs(), signal);
  }

  #connected(): void {
    this.#awaySinceMs = undefined;
  }

  #take(event: WatchEvent): void {
    this.#backoff.reset();
    if (event.type === 'bookmark') {
      this.#version = event.resourceVersion;
      return;
    }
    const nowMs = this.#options.clock.nowMs();
    if (event.type === 'deleted') this.#store.remove(event.object, nowMs);
    else this.#store.put(event.object, nowMs);
    this.#version = event.object.metadata.resourceVersion;
  }

  #setSynced(): void {
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, resource, onProblem, mayBeMissing = false } = this.#options;
    if (mayBeMissing && error instanceof KubernetesApiError && error.code === 'not_found') {
      this.#connected();
      this.#setSynced();
      return clock.sleep(missingRetryMs, this.#stop.signal);
    }
    this.#awaySinceMs ??= clock.nowMs();
    // A version that the API server forgot is nothing to worry about: everything is listed again.
    if (error instanceof KubernetesApiError && error.code === 'expired') this.#version = undefined;
    else {
      this.#failures += 1;
      onProblem(error, resource);
    }
    const askedMs = error instanceof KubernetesApiError ? (error.retryAfterMs ?? 0) : 0;
    await clock.sleep(Math.max(askedMs, this.#backoff.nextMs()), this.#stop.signal);
  }
}
