import { Counter, Gauge, type Registry } from 'prom-client';
import type { ClusterViewStatus } from '../kubernetes/cluster-view.ts';

/** What a process knows of its cluster, and how fresh that is. */
export function registerClusterMetrics(registry: Registry, status: () => ClusterViewStatus): void {
  new Counter({
    name: 'saccade_peers_total',
    help: 'Peers of observation rows by whether they got a name (named) or stayed an address (unnamed).',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      const { named, unnamed } = status().naming;
      this.reset();
      this.inc({ result: 'named' }, named);
      this.inc({ result: 'unnamed' }, unnamed);
    },
  });
  const gauge = (name: string, help: string, read: (one: ClusterViewStatus['informers'][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['resource'],
      registers: [registry],
      collect() {
        for (const informer of status().informers) this.set({ resource: informer.resource }, read(informer));
      },
    });
  gauge('saccade_kubernetes_objects', 'Objects known.', ({ objects }) => objects);
  gauge(
    'saccade_kubernetes_objects_left_out',
    'Objects left out for lack of room, or because they could not be read.',
    ({ leftOut }) => leftOut,
  );
  gauge(
    'saccade_kubernetes_stale_seconds',
    'For how long nothing was heard from the API server; 0: connected.',
    ({ staleMs }) => staleMs / 1_000,
  );
  gauge('saccade_kubernetes_failures', 'Lists and watches that failed.', ({ failures }) => failures);
}
