import type { AgentClock } from '../clock.ts';
import type { BpfLink } from '../bpf/port.ts';
import { visitOpenNamespaces } from './network-namespaces.ts';
import { holdsTcpSockets } from './tcp-in-use.ts';

const receiversGapMs = 10_000;
/** Walking for receivers may take 0.2 % of a CPU. */
const costFactor = 500;
/** After a window has closed: by then it is known whether its program does not read (sc_zero_window_ns), or it is open. */
const closedWindowGapMs = 5_500;
/** Walking for closed windows may take 2 %, where they keep closing. */
const closedWindowCostFactor = 50;

/**
 * Sockets that were there before the agent. The kernel walks the TCP sockets of one network namespace at a time
 * (`iter/tcp`), so the walk visits all of them: once to switch callbacks on, every second only where the kernel cannot
 * do that and the iterator has to add up in their stead, and else every ten seconds, for sockets that only receive.
 */
export class OlderSockets {
  readonly #clock: AgentClock;
  readonly #walk: BpfLink;
  readonly #canEnterNamespaces: boolean;
  #unwatched = 0;
  #refusedBefore = 0;
  #closedBefore = 0;
  /** When to ask what became of windows that closed. */
  #askAtMs = Infinity;
  #walkedAtMs = -Infinity;
  #costMs = 0;

  constructor(walk: BpfLink, canEnterNamespaces: boolean, clock: AgentClock) {
    this.#clock = clock;
    this.#walk = walk;
    this.#canEnterNamespaces = canEnterNamespaces;
  }

  /** Returns what could not be done, in words. */
  adopt(): readonly string[] {
    const { refused } = this.#iterate();
    const notes: string[] = [];
    if (refused > 0)
      notes.push(
        'sockets older than the agent in other network namespaces count from their first retransmit',
      );
    if (this.#unwatched > 0)
      notes.push(
        'this kernel (before 6.12) tells of older sockets at their retransmits and once a second only',
      );
    return notes;
  }

  /**
   * Adds up what no callback told, where it is time. `refused`: how many sockets without callbacks there were so far;
   * `closed`: how many windows closed so far.
   */
  addUp(refused: number, closed: number): void {
    this.#expectAnswer(closed);
    if (this.#unwatched === 0 && refused <= this.#refusedBefore && !this.#isTime()) return;
    this.#refusedBefore = refused;
    this.#iterate();
  }

  #expectAnswer(closed: number): void {
    if (closed > this.#closedBefore)
      this.#askAtMs = Math.min(this.#askAtMs, this.#clock.nowMs() + closedWindowGapMs);
    this.#closedBefore = closed;
  }

  #isTime(): boolean {
    const nowMs = this.#clock.nowMs();
    const passedMs = nowMs - this.#walkedAtMs;
    if (nowMs >= this.#askAtMs && passedMs >= this.#costMs * closedWindowCostFactor) return true;
    return passedMs >= Math.max(receiversGapMs, this.#costMs * costFactor);
  }

  #iterate(): { readonly refused: number } {
    const before = process.threadCpuUsage();
    const visited = this.#visit();
    const { user, system } = process.threadCpuUsage(before);
    this.#costMs = (user + system) / 1_000;
    this.#walkedAtMs = this.#clock.nowMs();
    if (this.#walkedAtMs >= this.#askAtMs) this.#askAtMs = Infinity;
    return visited;
  }

  #visit(): { readonly refused: number } {
    // The iterator writes one byte for each socket that needs it.
    this.#unwatched = 0;
    return visitOpenNamespaces(this.#canEnterNamespaces, () => {
      // The kernel looks through the sockets of all namespaces for those of one: a millisecond, also where there are none.
      if (holdsTcpSockets()) this.#unwatched += this.#walk.readIterator().byteLength;
    });
  }
}
