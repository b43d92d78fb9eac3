/** Who had an address, and from when to when. */
interface Tenure<T> {
  readonly id: string;
  readonly owner: T;
  readonly fromMs: number;
  /** Infinity: still. */
  untilMs: number;
}

export interface AddressIntervalsOptions {
  /** How long a tenure is known after its end. */
  readonly keepMs: number;
  /** Ended tenures kept at most; the longest ended go first, and are counted. */
  readonly maxEnded: number;
}

/**
 * Answers "who had this address at that moment". Addresses are given out again within seconds, and rows tell of moments
 * that are past; a name is that of the row's moment.
 *
 * Tenures may overlap: what ends is told late, and the new owner's beginning is older than the news of the old one's
 * end. So the youngest that had begun counts.
 */
export class AddressIntervals<T> {
  readonly #options: AddressIntervalsOptions;
  readonly #byAddress = new Map<string, Tenure<T>[]>();
  /** In the order of their ends, which is that of the clock. */
  readonly #ended = new Map<string, { readonly ip: string; readonly tenure: Tenure<T> }>();
  #dropped = 0;

  constructor(options: AddressIntervalsOptions) {
    this.#options = options;
  }

  /** `id` has `ip` from `fromMs` on. What it was said to be before, it is no longer. */
  begin(ip: string, id: string, owner: T, fromMs: number): void {
    const tenures = this.#byAddress.get(ip) ?? [];
    const rest = tenures.filter((tenure) => tenure.id !== id);
    this.#ended.delete(`${ip} ${id}`);
    this.#byAddress.set(ip, [...rest, { id, owner, fromMs, untilMs: Infinity }]);
  }

  end(ip: string, id: string, untilMs: number): void {
    const tenure = this.#byAddress.get(ip)?.find((one) => one.id === id);
    if (tenure?.untilMs !== Infinity) return;
    tenure.untilMs = untilMs;
    this.#ended.set(`${ip} ${id}`, { ip, tenure });
    this.#forget(untilMs);
  }

  /**
   * All who had it then, the one that began last first. If nobody had it: whoever had it last, at most `keepMs` before.
   * Connections to a pod that is gone are still about that pod.
   */
  at(ip: string, atMs: number): readonly T[] {
    const begun = (this.#byAddress.get(ip) ?? []).filter(({ fromMs }) => fromMs <= atMs);
    const active = begun.filter(({ untilMs }) => atMs < untilMs);
    if (active.length > 0) return active.toSorted((a, b) => b.fromMs - a.fromMs).map(({ owner }) => owner);
    const last = begun.reduce<Tenure<T> | undefined>(
      (latest, one) => (latest && latest.untilMs >= one.untilMs ? latest : one),
      undefined,
    );
    return last && atMs - last.untilMs <= this.#options.keepMs ? [last.owner] : [];
  }

  stats(): { readonly addresses: number; readonly ended: number; readonly dropped: number } {
    return { addresses: this.#byAddress.size, ended: this.#ended.size, dropped: this.#dropped };
  }

  #forget(nowMs: number): void {
    for (const [key, { ip, tenure }] of this.#ended) {
      const isOld = nowMs - tenure.untilMs > this.#options.keepMs;
      if (!isOld && this.#ended.size <= this.#options.maxEnded) return;
      if (!isOld) this.#dropped += 1;
      this.#ended.delete(key);
      const rest = this.#byAddress.get(ip)?.filter((one) => one !== tenure) ?? [];
      if (rest.length > 0) this.#byAddress.set(ip, rest);
      else this.#byAddress.delete(ip);
    }
  }
}
