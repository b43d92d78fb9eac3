import { Counter, Gauge, type Registry } from 'prom-client';

/** What the server counts of its agents. Labels are bounded. */
export interface IngestMetrics {
  requested(route: 'events' | 'commands' | 'captures' | 'other', status: number): void;
  /** Events taken, and those that went to the dead letters. */
  took(events: number, refused: number): void;
  stored(bytes: number): void;
}

const nothing = (): void => undefined;
export const noIngestMetrics: IngestMetrics = { requested: nothing, took: nothing, stored: nothing };

export function createPrometheusIngestMetrics(
  registry: Registry,
  connected: () => number | undefined,
): IngestMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'saccade_ingest_requests_total',
    help: 'Requests of agents, by what was answered.',
    labelNames: ['route', 'status'],
    registers,
  });
  const events = new Counter({
    name: 'saccade_ingest_events_total',
    help: 'Events of agents: taken (repeats too), or refused to the dead letters.',
    labelNames: ['outcome'],
    registers,
  });
  const bytes = new Counter({
    name: 'saccade_ingest_capture_bytes_total',
    help: 'Bytes of capture files that agents brought.',
    registers,
  });
  new Gauge({
    name: 'saccade_ingest_agents',
    help: 'Agents that are connected for commands.',
    registers,
    collect() {
      this.set(connected() ?? 0);
    },
  });
  return {
    requested: (route, status) => requests.inc({ route, status: String(status) }),
    took(count, refused) {
      events.inc({ outcome: 'taken' }, count - refused);
      events.inc({ outcome: 'refused' }, refused);
    },
    stored: (count) => bytes.inc(count),
  };
}
