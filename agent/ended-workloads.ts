import { LRUCache } from 'lru-cache';
import type { Subject } from '../stream/events/observation.ts';
import type { SocketOwner } from './names/port.ts';

export interface EndedWorkloadsOptions {
  /** The owner's namespace had processes or a name and has neither now. */
  readonly isEnding: (owner: SocketOwner) => boolean;
  /** How long a namespace must stay without anybody in it: whoever is restarted in it comes back soon. */
  readonly holdMs?: number;
  /** Between two looks: each costs a look into /proc for every namespace. */
  readonly checkEveryMs?: number;
  readonly maxKept?: number;
}

interface Living {
  readonly owner: SocketOwner;
  subject: Subject;
  emptySinceMs: number | undefined;
}

/**
 * Finds workloads whose last network namespace on this machine is gone. One that lives on in another namespace, as
 * after a restart by its owner, has not ended. Beyond `maxKept` namespaces, the one silent for longest is forgotten.
 */
export class EndedWorkloads {
  readonly #isEnding: (owner: SocketOwner) => boolean;
  readonly #holdMs: number;
  readonly #checkEveryMs: number;
  readonly #living: LRUCache<string, Living>;
  #checkedAtMs = -Infinity;

  constructor(options: EndedWorkloadsOptions) {
    this.#isEnding = options.isEnding;
    this.#holdMs = options.holdMs ?? 5_000;
    this.#checkEveryMs = options.checkEveryMs ?? 2_500;
    this.#living = new LRUCache({ max: options.maxKept ?? 4_096 });
  }

  /** A row of this owner was told under this name. */
  note(owner: SocketOwner, subject: Subject): void {
    const id = `${owner.netnsCookie} ${nameOf(subject)}`;
    const known = this.#living.get(id);
    if (known === undefined) this.#living.set(id, { owner, subject, emptySinceMs: undefined });
    else known.subject = subject;
  }

  /** Those that have ended since the last call; each is told once. */
  take(nowMs: number): readonly Subject[] {
    if (nowMs - this.#checkedAtMs < this.#checkEveryMs) return [];
    this.#checkedAtMs = nowMs;
    const gone = [...this.#living].filter(([, living]) => this.#isGone(living, nowMs));
    for (const [id] of gone) this.#living.delete(id);
    const alive = new Set([...this.#living.values()].map(({ subject }) => nameOf(subject)));
    const ended = new Map(gone.map(([, { subject }]) => [nameOf(subject), subject]));
    return [...ended].filter(([name]) => !alive.has(name)).map(([, subject]) => subject);
  }

  #isGone(living: Living, nowMs: number): boolean {
    if (!this.#isEnding(living.owner)) living.emptySinceMs = undefined;
    else living.emptySinceMs ??= nowMs;
    return living.emptySinceMs !== undefined && nowMs - living.emptySinceMs >= this.#holdMs;
  }
}

function nameOf({ namespace, workload }: Subject): string {
  return `${namespace}/${workload}`;
}
