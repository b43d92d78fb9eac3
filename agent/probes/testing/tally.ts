import { systemClock, type AgentClock } from '../../clock.ts';
import type { Probe, ProbeRow } from '../../probe.ts';
import type { Role } from '../../../stream/events/observation.ts';

/** Whose rows to add up. */
export interface TallyFilter {
  readonly netnsInode?: number;
  readonly role?: Role;
  readonly peerIp?: string;
}

/**
 * Runs a probe as the agent does, but takes every candidate and collects ten times a second, and adds up what it
 * tells: a test then compares the sums with the kernel's own counters.
 */
export class Tally implements AsyncDisposable {
  readonly rows: ProbeRow[] = [];
  readonly candidates: ProbeRow[] = [];
  notes: readonly string[] = [];
  readonly #probe: Probe;
  readonly #signal: string;
  readonly #clock: AgentClock;
  #timer: NodeJS.Timeout | undefined;

  /** Rows of other signals are left out. */
  constructor(probe: Probe, signal = 'tcp.retransmits', clock: AgentClock = systemClock) {
    this.#probe = probe;
    this.#signal = signal;
    this.#clock = clock;
  }

  async start(): Promise<this> {
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const started = await this.#probe.start({
      clock: this.#clock,
      logger: silent,
      onCandidate: (candidate) => {
        const row = candidate.take();
        if (row?.signal !== this.#signal) return;
        this.candidates.push(row);
        this.rows.push(row);
      },
    });
    if (!started.attached) throw new Error(`${this.#probe.name}: ${started.reason}`);
    this.notes = started.notes;
    this.#timer = setInterval(() => this.#collect(), 100);
    return this;
  }

  /** Everything of the filter, sums added up; `stalled_sockets` and `sockets` as told last. */
  totals(filter: TallyFilter): Readonly<Record<string, number>> {
    this.#collect();
    const totals: Record<string, number> = {};
    const levels = new Map<string, ProbeRow>();
    for (const row of this.matching(filter)) {
      levels.set(`${row.peerIp} ${row.servicePort} ${row.role} ${row.owner.cgroupId}`, row);
      for (const [name, value] of Object.entries(row.fields)) totals[name] = (totals[name] ?? 0) + value;
    }
    for (const level of ['stalled_sockets', 'sockets'])
      totals[level] = [...levels.values()].reduce((sum, row) => sum + (row.fields[level] ?? 0), 0);
    return totals;
  }

  #collect(): void {
    this.rows.push(...this.#probe.collect().filter(({ signal }) => signal === this.#signal));
  }

  matching(filter: TallyFilter): readonly ProbeRow[] {
    return this.rows.filter(
      (row) =>
        (filter.netnsInode === undefined || row.owner.netnsInode === filter.netnsInode) &&
        (filter.role === undefined || row.role === filter.role) &&
        (filter.peerIp === undefined || row.peerIp === filter.peerIp),
    );
  }

  health(): Readonly<Record<string, number>> {
    return this.#probe.health().counters;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#probe.stop();
  }
}
