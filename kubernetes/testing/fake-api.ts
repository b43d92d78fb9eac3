import { KubernetesApiError } from '../api-error.ts';
import type {
  KubernetesClient,
  KubernetesObject,
  KubernetesReader,
  ObjectPage,
  ReadOptions,
  WatchEvent,
} from '../api.ts';

interface Happened {
  readonly version: number;
  readonly event: WatchEvent;
}

/**
 * An API server with one kind of object, in memory: pages, versions, watches, versions that it forgets, and a switch to
 * turn it off.
 */
export class FakeApi implements KubernetesReader {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #log: Happened[] = [];
  readonly #waiting = new Set<() => void>();
  #version = 1;
  #forgotten = 0;
  #isDown = false;
  #connection = new AbortController();
  lists = 0;
  watches = 0;

  /** What stands in `extra.metadata` goes before what is made up. */
  put(name: string, extra: Readonly<Record<string, unknown>> = {}, uid = `uid-${name}`): void {
    const known = this.#objects.get(name);
    const isChange = JSON.stringify(extra['spec']) !== JSON.stringify(known?.['spec']);
    const generation = (known?.metadata.generation ?? 0) + (isChange || !known ? 1 : 0);
    const madeUp = { name, namespace: 'shop', uid, generation, resourceVersion: String(++this.#version) };
    const object = { ...extra, metadata: { ...madeUp, ...(extra['metadata'] as object | undefined) } };
    this.#objects.set(name, object);
    this.#tell({ type: known ? 'modified' : 'added', object });
  }

  /** The same with somebody who takes what is sent. */
  client(send: KubernetesClient['send']): KubernetesClient {
    return {
      server: 'https://192.0.2.1',
      list: (path, options) => this.list(path, options),
      watch: (path, options) => this.watch(path, options),
      send,
      close: () => undefined,
    };
  }

  remove(name: string): void {
    const object = this.#objects.get(name);
    if (!object) throw new Error(`there is no ${name}`);
    this.#objects.delete(name);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.#tell({ type: 'deleted', object: { ...object, metadata } });
  }

  bookmark(): void {
    this.#tell({ type: 'bookmark', resourceVersion: String(++this.#version) });
  }

  /** etcd was compacted: nothing before now can be watched. */
  forget(): void {
    this.#forgotten = this.#version;
  }

  /** Ends what is connected; while it is down nobody is answered. */
  setDown(isDown: boolean): void {
    this.#isDown = isDown;
    this.breakConnections();
  }

  breakConnections(): void {
    this.#connection.abort();
    this.#connection = new AbortController();
    this.#wake();
  }

  async list(_path: string, { query }: ReadOptions = {}): Promise<ObjectPage> {
    this.#checkUp();
    this.lists += 1;
    const all = [...this.#objects.values()];
    const from = Number(query?.['continue'] ?? 0);
    const end = from + Number(query?.['limit'] ?? all.length);
    return {
      items: all.slice(from, end),
      resourceVersion: String(this.#version),
      next: end < all.length ? String(end) : undefined,
    };
  }

  async *watch(_path: string, { query, signal, onOpen }: ReadOptions = {}): AsyncGenerator<WatchEvent> {
    this.#checkUp();
    this.watches += 1;
    const broken = this.#connection.signal;
    let seen = Number(query?.['resourceVersion']);
    if (seen < this.#forgotten) throw new KubernetesApiError('too old', { code: 'expired', status: 410 });
    onOpen?.();
    signal?.addEventListener('abort', () => this.#wake());
    for (;;) {
      if (broken.aborted || signal?.aborted) throw new KubernetesApiError('broken', { code: 'unreachable' });
      for (const { version, event } of this.#log.filter((one) => one.version > seen)) {
        seen = version;
        yield event;
      }
      if (!this.#log.some(({ version }) => version > seen))
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #checkUp(): void {
    if (this.#isDown) throw new KubernetesApiError('nobody there', { code: 'unreachable' });
  }

  #tell(event: WatchEvent): void {
    this.#log.push({ version: this.#version, event });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
