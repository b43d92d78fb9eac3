import { Informer, type InformerClock, type InformerOptions, type InformerStatus } from './informer.ts';

/** What all informers of a set have in common. */
export type InformerSetOptions = Pick<
  InformerOptions<unknown>,
  'api' | 'random' | 'onProblem' | 'backoff'
> & { readonly clock: InformerClock };

/** What one informer has of its own. */
export type Watched<T> = Pick<
  InformerOptions<T>,
  'resource' | 'path' | 'query' | 'form' | 'keep' | 'onChange' | 'maxObjects' | 'mayBeMissing'
>;

export interface InformerSet {
  /** Before `start`. */
  add<T>(watched: Watched<T>): void;
  /** Begins; resolves when everything was listed, or after `patienceMs` if that takes longer: they go on trying. */
  start(patienceMs: number): Promise<void>;
  stop(): Promise<void>;
  status(): readonly InformerStatus[];
}

export function createInformerSet(options: InformerSetOptions): InformerSet {
  const informers: Pick<Informer<unknown>, 'start' | 'stop' | 'status' | 'synced'>[] = [];
  const stopping = new AbortController();
  return {
    add: (watched) => void informers.push(new Informer({ ...options, ...watched })),
    async start(patienceMs) {
      for (const informer of informers) informer.start();
      const waited = new AbortController();
      const signal = AbortSignal.any([waited.signal, stopping.signal]);
      await Promise.race([
        Promise.all(informers.map(({ synced }) => synced)),
        options.clock.sleep(patienceMs, signal),
      ]);
      waited.abort();
    },
    async stop() {
      stopping.abort();
      await Promise.all(informers.map((informer) => informer.stop()));
    },
    status: () => informers.map((informer) => informer.status()),
  };
}
