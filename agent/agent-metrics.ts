import { Counter, Gauge, type Registry } from 'prom-client';
import type { CandidateCounts } from './candidate-gate.ts';
import type { SignalReport } from './agent-report.ts';
import type { NameWaitCounts } from './name-wait.ts';
import type { Probe } from './probe.ts';

/** What the metrics are read from, at each scrape. */
export interface AgentVitals {
  signals(): readonly SignalReport[];
  probes(): readonly Probe[];
  candidates(): CandidateCounts;
  freezesRefused(): number;
  /** Failures while running, by what failed: collect, freeze, emit. */
  failures(): Readonly<Record<string, number>>;
  batches(): number;
  rowsOfEnding(): number;
  nameWaits(): NameWaitCounts;
  /** Of signals that are not to be told. */
  rowsLeftOut(): Readonly<Record<string, number>>;
}

/** Registers `agent.health` as Prometheus metrics; all values are read when scraped. Returns how to remove them. */
export function registerAgentMetrics(registry: Registry, vitals: AgentVitals): () => void {
  const metrics = [
    ...signalMetrics(registry, vitals),
    ...probeMetrics(registry, vitals),
    ...flowMetrics(registry, vitals),
    ...processMetrics(registry),
  ];
  return () => {
    for (const name of metrics) registry.removeSingleMetric(name);
  };
}

function signalMetrics(registry: Registry, vitals: AgentVitals): readonly string[] {
  const name = 'saccade_agent_signal_attached';
  new Gauge({
    name,
    help: '1: the signal is observed; 0: its probe is not attached.',
    labelNames: ['signal', 'probe', 'fallback'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { signal, probe, fallback, attached } of vitals.signals())
        this.set({ signal, probe, fallback: String(fallback) }, attached ? 1 : 0);
    },
  });
  return [name];
}

function probeMetrics(registry: Registry, vitals: AgentVitals): readonly string[] {
  const events = 'saccade_agent_probe_events_total';
  const fullness = 'saccade_agent_map_fullness_ratio';
  new Counter({
    name: events,
    help: 'What a probe counts of itself: events sent and lost, keys created, refused and evicted, helpers that failed.',
    labelNames: ['probe', 'event'],
    registers: [registry],
    collect() {
      this.reset();
      for (const probe of vitals.probes())
        for (const [event, count] of Object.entries(probe.health().counters))
          this.inc({ probe: probe.name, event }, count);
    },
  });
  new Gauge({
    name: fullness,
    help: 'Share of a kernel map that is in use.',
    labelNames: ['probe', 'map'],
    registers: [registry],
    collect() {
      this.reset();
      for (const probe of vitals.probes())
        for (const [map, ratio] of Object.entries(probe.health().mapFullness))
          this.set({ probe: probe.name, map }, ratio);
    },
  });
  return [events, fullness];
}

function flowMetrics(registry: Registry, vitals: AgentVitals): readonly string[] {
  const counter = (name: string, help: string, value: () => number): string => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value());
      },
    });
    return name;
  };
  const failures = 'saccade_agent_failures_total';
  new Counter({
    name: failures,
    help: 'Steps that failed while running; the agent goes on.',
    labelNames: ['step'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [step, count] of Object.entries(vitals.failures())) this.inc({ step }, count);
    },
  });
  const leftOut = 'saccade_agent_rows_left_out_total';
  new Counter({
    name: leftOut,
    help: 'Rows and candidates of signals that an AgentPolicy leaves out.',
    labelNames: ['signal'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [signal, count] of Object.entries(vitals.rowsLeftOut())) this.inc({ signal }, count);
    },
  });
  return [
    failures,
    leftOut,
    counter('saccade_agent_batches_total', 'Batches of observations emitted.', () => vitals.batches()),
    counter(
      'saccade_agent_rows_of_ending_namespaces_total',
      'Rows left out because their network namespace has neither processes nor a name any more.',
      () => vitals.rowsOfEnding(),
    ),
    counter(
      'saccade_agent_name_waits_total',
      'Times that a row of a pod that had just started waited for its name.',
      () => vitals.nameWaits().waited,
    ),
    counter(
      'saccade_agent_name_waits_refused_total',
      'Rows that could not wait for their names, because too many did.',
      () => vitals.nameWaits().overflowed,
    ),
    counter(
      'saccade_agent_candidates_total',
      'Rows flushed before their window ended.',
      () => vitals.candidates().flushed,
    ),
    counter(
      'saccade_agent_candidates_refused_total',
      'Candidates over the limit; their counts came with the end of the window.',
      () => vitals.candidates().refused,
    ),
    counter(
      'saccade_agent_freezes_refused_total',
      'Candidates whose packets were not frozen, because too many waited; a capture finds what the rings hold by then.',
      () => vitals.freezesRefused(),
    ),
  ];
}

function processMetrics(registry: Registry): readonly string[] {
  const cpu = 'saccade_agent_cpu_seconds_total';
  const memory = 'saccade_agent_resident_bytes';
  new Counter({
    name: cpu,
    help: 'CPU time of this process in user and kernel mode.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: memory,
    help: 'Resident memory of this process.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  return [cpu, memory];
}
