import { StallWatch } from './stall-watch.ts';
import type { TcpCounters } from './tcp-layout.ts';

/** Cumulative members and the fields of `tcp.retransmits` that their differences fill. */
const summed = [
  'data_segments',
  'retransmits',
  'rto',
  'fast',
  'tail_loss_probes',
  'spurious_retransmits',
  'syn_retransmits',
  'synack_retransmits',
  'loss_episodes',
] as const satisfies readonly (keyof TcpCounters)[];

/** What makes a row worth telling before its window ends. */
const troubles = ['syn_retransmits', 'synack_retransmits'] as const;

/** Rows that a key tells after its last closed window: where nothing more is sent, only they say that it is over. */
export const rowsAfterZeroWindow = 20;

/** Sockets whose peer keeps its window closed. */
export function zeroWindows(counters: TcpCounters): number {
  return Math.max(0, counters.zero_windows_begun - counters.zero_windows_ended);
}

/** What a socket's life in trouble begins and ends with. */
const changes = ['stalls_begun', 'stalls_ended', 'zero_windows_begun', 'zero_windows_ended'] as const;

/** Segments sent again that the peer has not said it had already. */
function lost(counters: TcpCounters | undefined): number {
  return counters === undefined ? 0 : counters.retransmits - counters.spurious_retransmits;
}

function hasChanged(now: TcpCounters, before: TcpCounters | undefined): boolean {
  return changes.some((name) => now[name] !== (before?.[name] ?? 0));
}

export type TcpRetransmitFields = Readonly<
  Record<(typeof summed)[number] | 'stalled_sockets' | 'zero_window_sockets' | 'sockets', number>
>;

/** One key's cumulative counters as they were told last. */
export class TcpDeltas {
  #told: TcpCounters | undefined;
  /** `active_sockets` at the start of the window: "sockets" is a level within the window. */
  #activeBefore = 0;
  #rowsLeft = 0;
  readonly #stalls = new StallWatch();

  /** What happened since the last telling; undefined: nothing did and nobody is stalled. Tells nothing yet. */
  peek(now: TcpCounters): TcpRetransmitFields | undefined {
    const before = this.#lifeOf(now);
    const sums = summed.map((name) => [name, now[name] - (before?.[name] ?? 0)] as const);
    const stalled = this.#stalls.stalled(now);
    const held = stalled + zeroWindows(now) + this.#rowsLeft;
    if (sums.every(([, delta]) => delta === 0) && held === 0 && !hasChanged(now, before)) return undefined;
    return {
      ...(Object.fromEntries(sums) as Record<(typeof summed)[number], number>),
      stalled_sockets: stalled,
      zero_window_sockets: zeroWindows(now),
      sockets: now.active_sockets - (before === undefined ? 0 : this.#activeBefore),
    };
  }

  /** From here on `now` is told. */
  commit(now: TcpCounters): void {
    if (this.#lifeOf(now) === undefined) this.#activeBefore = 0;
    this.#told = now;
  }

  /** A window ended: sockets are counted anew. */
  endWindow(now: TcpCounters): void {
    this.#stalls.endWindow(now, this.#lifeOf(now) === undefined);
    this.commit(now);
    this.#activeBefore = now.active_sockets;
    this.#rowsLeft = zeroWindows(now) > 0 ? rowsAfterZeroWindow : Math.max(0, this.#rowsLeft - 1);
  }

  /** true: something was sent again, or a socket began or ceased to be held up, since the last telling. */
  hasTrouble(now: TcpCounters): boolean {
    const before = this.#lifeOf(now);
    return (
      lost(now) > lost(before) ||
      troubles.some((name) => now[name] > (before?.[name] ?? 0)) ||
      hasChanged(now, before)
    );
  }

  /** After an eviction the kernel counts from zero under another incarnation: nothing of that was told. */
  #lifeOf(now: TcpCounters): TcpCounters | undefined {
    return this.#told?.incarnation === now.incarnation ? this.#told : undefined;
  }
}
