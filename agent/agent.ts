import type { Registry } from 'prom-client';
import type { ObservationBatch, Subject } from '../stream/events/observation.ts';
import type { CaptureSelector } from '../stream/events/capture.ts';
import { registerAgentMetrics, type AgentVitals } from './agent-metrics.ts';
import type { AgentReport, SignalReport } from './agent-report.ts';
import { AlignedWindows } from './aligned-windows.ts';
import { probeKernel, type KernelSupport } from './bpf/kernel.ts';
import { CandidateGate, defaultCandidateLimits, type CandidateLimits } from './candidate-gate.ts';
import { systemClock, type AgentClock } from './clock.ts';
import type { Derivation } from './derivation.ts';
import { withDerivedReports } from './derived-reports.ts';
import { EndedWorkloads } from './ended-workloads.ts';
import { FreezeQueue } from './freeze-queue.ts';
import type { AgentLogger } from './logger.ts';
import { nameRow, toBatches, type NamedRow, type Namers } from './name-rows.ts';
import { createPausableProbe } from './pausable-probe.ts';
import type { Probe, ProbeRow } from './probe.ts';
import type { FlightRecorder } from './recorder/port.ts';
import { NameWait } from './name-wait.ts';
import { startProbes } from './start-probes.ts';
import { ToldSignals } from './told-signals.ts';

export interface AgentOptions extends Namers {
  readonly cluster: string;
  readonly node: string;
  /** Takes each batch; must not block. */
  readonly emit: (batch: ObservationBatch) => void;
  readonly logger: AgentLogger;
  readonly clock?: AgentClock;
  readonly recorder?: Pick<FlightRecorder, 'freeze'>;
  readonly metrics?: Registry;
  readonly limits?: CandidateLimits;
  readonly kernel?: KernelSupport;
  /** What to observe with. */
  readonly probes: readonly Probe[];
  /** For signals that none of `probes` can give here. */
  readonly fallbacks?: readonly Probe[];
  /** Signals made from the rows of others. */
  readonly derivations?: readonly Derivation[];
  /** Which signals are told at this moment; default: all. Cheap: asked for each row. */
  readonly isTold?: (signal: string) => boolean;
}

/** One process a node: turns kernel facts into named observations. */
export interface Agent {
  /** Never rejects because of a probe: the report says what is attached, what not, why, and what to do. */
  start(): Promise<AgentReport>;
  /** Flushes what was counted, then detaches in reverse order. Idempotent; reports all failures together. */
  stop(): Promise<void>;
}

const windowMs = 1_000;

export function createAgent(options: AgentOptions): Agent {
  return new NodeAgent(options);
}

class NodeAgent implements Agent {
  readonly #options: AgentOptions;
  readonly #clock: AgentClock;
  readonly #windows: AlignedWindows;
  readonly #gate: CandidateGate;
  readonly #freezes: FreezeQueue;
  readonly #nameWait: NameWait;
  readonly #ended: EndedWorkloads;
  readonly #told: ToldSignals;
  readonly #failures: Record<string, number> = {};
  #probes: readonly Probe[] = [];
  #signals: readonly SignalReport[] = [];
  #batches = 0;
  #rowsOfEnding = 0;
  #removeMetrics: (() => void) | undefined;
  #starting: Promise<AgentReport> | undefined;
  #stopped = false;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#told = new ToldSignals({
      isTold: options.isTold ?? (() => true),
      derivations: options.derivations ?? [],
    });
    this.#windows = new AlignedWindows(this.#clock, windowMs, (startMs, endMs) =>
      this.#closeWindow(startMs, endMs),
    );
    this.#gate = new CandidateGate(this.#clock, options.limits ?? defaultCandidateLimits, (row) =>
      this.#nameWait.passCandidate(row, () => this.#flushCandidate(row)),
    );
    this.#nameWait = new NameWait({
      clock: this.#clock,
      isPending: (owner) => options.workloadNamer.isNamePending?.(owner) ?? false,
    });
    this.#ended = new EndedWorkloads({
      isEnding: (owner) => options.workloadNamer.isEnding?.(owner) ?? false,
    });
    this.#freezes = new FreezeQueue(this.#clock, (selector) =>
      this.#attempt('freeze', () => options.recorder?.freeze(selector)),
    );
  }

  start(): Promise<AgentReport> {
    if (this.#starting !== undefined) throw new Error('an agent is started once');
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<AgentReport> {
    const options = this.#options;
    const kernel = options.kernel ?? probeKernel();
    // Windows run first: a candidate may come as soon as the first program is attached.
    this.#windows.start();
    const started = await startProbes(this.#pausable(options.probes), options.fallbacks ?? [], {
      clock: this.#clock,
      logger: options.logger,
      onCandidate: (candidate) => this.#gate.offer(this.#told.wrap(candidate)),
    });
    this.#probes = started.attached;
    this.#signals = withDerivedReports(options.derivations ?? [], started.signals);
    if (options.metrics !== undefined)
      this.#removeMetrics = registerAgentMetrics(options.metrics, this.#vitals());
    return { kernel, signals: this.#signals };
  }

  #pausable(probes: readonly Probe[]): readonly Probe[] {
    const { isTold } = this.#options;
    if (isTold === undefined) return probes;
    return probes.map((probe) => (probe.isActive === true ? createPausableProbe(probe, isTold) : probe));
  }

  async stop(): Promise<void> {
    if (this.#starting === undefined || this.#stopped) return;
    this.#stopped = true;
    await this.#starting;
    this.#windows.stop();
    this.#gate.stop();
    this.#nameWait.stop();
    this.#freezes.stop();
    this.#closeWindow(this.#windows.openedAtMs(), this.#clock.nowMs());
    this.#removeMetrics?.();
    const failures: unknown[] = [];
    for (const probe of this.#probes.toReversed())
      await probe.stop().catch((error: unknown) => void failures.push(error));
    this.#probes = [];
    if (failures.length > 0) throw new AggregateError(failures, 'stop the probes');
  }

  #closeWindow(startMs: number, endMs: number): void {
    const collected = this.#probes.flatMap((probe) => this.#attempt('collect', () => probe.collect()) ?? []);
    const needed = collected.filter(({ signal }) => this.#told.isNeeded(signal));
    const rows = this.#nameWait.pass(needed, startMs);
    const named = rows.flatMap((row) => this.#name(row) ?? []);
    const { derivations = [] } = this.#options;
    const derived = derivations.flatMap(({ derive }) => this.#attempt('derive', () => derive(named)) ?? []);
    const told = [...named, ...derived].filter(({ row }) => this.#told.isTold(row.signal));
    this.#emit(told, startMs, endMs, false);
    const ended = this.#attempt('find ended workloads', () => this.#ended.take(endMs)) ?? [];
    for (const subject of ended) this.#emitBatch(toEnd(subject, startMs, endMs));
  }

  #flushCandidate(row: ProbeRow): void {
    const named = this.#name(row);
    if (named === undefined) return;
    this.#emit([named], this.#windows.openedAtMs(), this.#clock.nowMs(), true);
    if (this.#options.recorder !== undefined) this.#freezes.add(selectorOf(named));
  }

  /** undefined: of a namespace that is being taken apart. Its last segments are nobody's trouble. */
  #name(row: ProbeRow): NamedRow | undefined {
    const named = nameRow(row, this.#options);
    if (this.#options.workloadNamer.isEnding?.(row.owner) === true) {
      this.#rowsOfEnding++;
      return undefined;
    }
    if (row.subject === undefined) this.#ended.note(row.owner, named.subject);
    return named;
  }

  #emit(rows: readonly NamedRow[], startMs: number, untilMs: number, candidate: boolean): void {
    const window = { startMs, ms: windowMs, untilMs };
    for (const batch of toBatches(rows, window, candidate)) this.#emitBatch(batch);
  }

  #emitBatch(batch: ObservationBatch): void {
    const { cluster, node, emit } = this.#options;
    this.#batches++;
    this.#attempt('emit', () => emit({ ...batch, subject: { ...batch.subject, cluster, node } }));
  }

  /** A failing step is counted and told, and the rest goes on. */
  #attempt<T>(step: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const count = (this.#failures[step] ?? 0) + 1;
      this.#failures[step] = count;
      // Told at 1, 2, 4, 8, …: a step that fails each second must not fill the log.
      if ((count & (count - 1)) === 0)
        this.#options.logger.error({ err: error, step, count }, 'agent step failed');
      return undefined;
    }
  }

  #vitals(): AgentVitals {
    return {
      signals: () => this.#signals,
      probes: () => this.#probes,
      candidates: () => this.#gate.counts(),
      freezesRefused: () => this.#freezes.counts().refused,
      failures: () => this.#failures,
      batches: () => this.#batches,
      nameWaits: () => this.#nameWait.counts(),
      rowsOfEnding: () => this.#rowsOfEnding,
      rowsLeftOut: () => this.#told.leftOut(),
    };
  }
}

function toEnd(subject: Subject, startMs: number, endMs: number): ObservationBatch {
  const window = { start: new Date(startMs).toISOString(), ms: windowMs, elapsed_ms: endMs - startMs };
  return { window, candidate: false, subject, rows: [], ended: true };
}

function selectorOf({ subject, row }: NamedRow): CaptureSelector {
  const { peer, role, service_port } = row;
  return { subject, peer, peer_ips: [peer.ip], role, service_port };
}
