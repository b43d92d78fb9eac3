import { Gauge, type Registry } from 'prom-client';
import type { Names } from '../agent/names/create-names.ts';

/** Levels and counts of the caches that name workloads and peers, and of the DNS reader. */
export function registerNameMetrics(registry: Registry, names: Pick<Names, 'stats' | 'dnsReader'>): void {
  new Gauge({
    name: 'saccade_agent_names',
    help: 'Figures of the name caches: entries, misses, evictions.',
    labelNames: ['figure'],
    registers: [registry],
    collect() {
      for (const [figure, value] of Object.entries(names.stats())) this.set({ figure }, value);
    },
  });
  new Gauge({
    name: 'saccade_agent_dns',
    help: 'What the DNS reader saw, lost and could not read, since its start.',
    labelNames: ['figure'],
    registers: [registry],
    collect() {
      for (const [figure, value] of Object.entries(names.dnsReader.health().counters))
        this.set({ figure }, value);
    },
  });
}
