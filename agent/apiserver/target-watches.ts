import type { SocketOwner } from '../names/port.ts';
import type { ProbeContext, ProbeRow } from '../probe.ts';
import { HoldUps } from './hold-ups.ts';
import { ownSocketOwner } from './own-socket-owner.ts';
import { PathWatch } from './path-watch.ts';
import type { ApiServerTarget } from './target.ts';

export interface TargetWatchesOptions extends ProbeContext {
  /** 0 to 1: spreads the rounds. */
  readonly random: () => number;
}

/** As long as nothing was reached: matches no packet. */
const unresolved = '0.0.0.0';
const maxRowsOfGone = 64;

interface WatchCounts {
  rounds: number;
  rounds_refused: number;
  held_up: number;
}

/** The paths of all targets that are asked now; targets come and go. */
export class TargetWatches {
  readonly #options: TargetWatchesOptions;
  readonly #holdUps: HoldUps;
  readonly #owner: SocketOwner = ownSocketOwner();
  readonly #watches = new Map<string, readonly PathWatch[]>();
  /** What was found out about targets last, that are gone since. */
  #rowsOfGone: ProbeRow[] = [];
  readonly #counts: WatchCounts = { rounds: 0, rounds_refused: 0, held_up: 0 };

  constructor(options: TargetWatchesOptions) {
    this.#options = options;
    this.#holdUps = new HoldUps(options.clock);
  }

  names(): readonly string[] {
    return [...this.#watches.keys()];
  }

  add(target: ApiServerTarget): void {
    const watches = target.paths.map((path) => this.#watch(target, path));
    this.#watches.set(target.name, watches);
    for (const watch of watches) watch.start();
  }

  async remove(name: string): Promise<void> {
    const watches = this.#watches.get(name) ?? [];
    this.#watches.delete(name);
    await Promise.all(watches.map((watch) => watch.stop()));
    for (const watch of watches) {
      this.#addCounts(this.#counts, watch);
      const row = this.#take(watch);
      if (row !== undefined && this.#rowsOfGone.length < maxRowsOfGone) this.#rowsOfGone.push(row);
    }
  }

  collect(): readonly ProbeRow[] {
    const gone = this.#rowsOfGone;
    this.#rowsOfGone = [];
    return [...gone, ...this.#all().flatMap((watch) => this.#take(watch) ?? [])];
  }

  counters(): Readonly<Record<string, number>> {
    const counts = { ...this.#counts };
    for (const watch of this.#all()) this.#addCounts(counts, watch);
    return { ...counts, targets: this.#watches.size };
  }

  async stop(): Promise<void> {
    await Promise.all(this.names().map((name) => this.remove(name)));
    this.#rowsOfGone = [];
  }

  #all(): readonly PathWatch[] {
    return [...this.#watches.values()].flat();
  }

  #addCounts(counts: WatchCounts, watch: PathWatch): void {
    counts.rounds += watch.counts.rounds;
    counts.rounds_refused += watch.counts.roundsRefused;
    counts.held_up += watch.counts.heldUp;
  }

  #watch(target: ApiServerTarget, path: string): PathWatch {
    const { clock, logger, random } = this.#options;
    const watch: PathWatch = new PathWatch({
      target,
      path,
      clock,
      holdUps: this.#holdUps,
      logger,
      random,
      onFailure: () =>
        this.#options.onCandidate({ key: `apiserver ${watch.key}`, take: () => this.#take(watch) }),
    });
    return watch;
  }

  #take(watch: PathWatch): ProbeRow | undefined {
    const told = watch.take();
    if (told === undefined) return undefined;
    const { name, url } = watch.target;
    const { protocol, port } = new URL(url);
    const ip = watch.remoteIp ?? unresolved;
    return {
      signal: 'apiserver.latency',
      owner: this.#owner,
      role: 'client',
      servicePort: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
      peerIp: ip,
      peer: { kind: 'service', name, ip },
      target: watch.path,
      fields: told.fields,
      sockets: [],
      evidence: { requests: [...told.requests] },
    };
  }
}
