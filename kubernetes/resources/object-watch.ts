import type { KubernetesClient, KubernetesObject } from '../api.ts';
import { Informer, type InformerClock, type InformerStatus } from '../informers/informer.ts';
import type { CustomResource } from './custom-resource.ts';
import { resourcePath } from './custom-resources.ts';

/** What every controller needs. */
export interface ControllerOptions {
  readonly api: KubernetesClient;
  readonly clock: InformerClock;
  readonly random: () => number;
  readonly onProblem: (error: unknown, resource: string) => void;
}

export interface ObjectWatchOptions<T> extends ControllerOptions {
  readonly resource: CustomResource;
  readonly maxObjects: number;
  readonly lookEveryMs: number;
  /** What is kept of an object. */
  readonly keep: (object: KubernetesObject) => T;
  /** Compares what is with what is wanted: called at intervals, once everything was listed. */
  readonly reconcile: () => Promise<void>;
}

/** The objects of a custom resource as they are, and a look at all of them again and again. */
export class ObjectWatch<T> {
  readonly #options: ObjectWatchOptions<T>;
  readonly #informer: Informer<T>;
  readonly #records = new Map<string, T>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ObjectWatchOptions<T>) {
    this.#options = options;
    this.#informer = new Informer({
      ...options,
      resource: options.resource.plural,
      path: resourcePath(options.resource),
      onChange: (change) => {
        if (change.type === 'delete') this.#records.delete(change.key);
        else this.#records.set(change.key, change.object);
      },
      mayBeMissing: true,
    });
  }

  start(): void {
    this.#informer.start();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#informer.stop(), this.#running]);
  }

  status(): InformerStatus {
    return this.#informer.status();
  }

  /** Ends requests that are under way when the controller stops. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  records(): readonly T[] {
    return [...this.#records.values()];
  }

  /** What is known of an object before it comes back as a change; nothing if it changed or went meanwhile. */
  replace(key: string, before: T, after: T): void {
    if (this.#records.get(key) === before) this.#records.set(key, after);
  }

  /** An object that cannot be dealt with keeps no other waiting. */
  async forEach(work: (record: T, key: string) => Promise<void>): Promise<void> {
    for (const [key, record] of [...this.#records]) {
      if (this.signal.aborted) return;
      await this.#attempt(() => work(record, key));
    }
  }

  async #run(): Promise<void> {
    const { clock, lookEveryMs, reconcile } = this.#options;
    for (; !this.signal.aborted; await clock.sleep(lookEveryMs, this.signal))
      if (this.#informer.status().synced) await this.#attempt(reconcile);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.signal.aborted) this.#options.onProblem(error, this.#options.resource.plural);
    }
  }
}
