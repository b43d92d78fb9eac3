import { addToSketch } from '../../signals/sketch.ts';
import type { RequestEvidence } from '../../stream/events/observation.ts';
import { failureClasses } from './failure-class.ts';
import type { RequestOutcome } from './timed-request.ts';

export interface TalliedRequests {
  readonly fields: Readonly<Record<string, number>>;
  readonly requests: readonly RequestEvidence[];
}

const maxOutcomes = 16;
/** Less than this makes no server look slow: `ApiServerSlow` minds 100 ms. */
const minHeldUs = 50_000;
/** With more of the time than this, nothing of worth is left. */
const minHeldShare = 0.5;

/** Its time is mostly that of this process, which was held up. */
export function isHeldUp({ heldUs, phases }: Pick<RequestOutcome, 'heldUs' | 'phases'>): boolean {
  return heldUs >= minHeldUs && heldUs >= minHeldShare * (phases.total ?? 0);
}

/** What was found out about one path since it was told last. */
export class RequestTally {
  readonly #path: string;
  #fields: Record<string, number> = {};
  #evidence = new Map<string, RequestEvidence>();

  constructor(path: string) {
    this.#path = path;
  }

  add(outcome: RequestOutcome): void {
    this.#count('requests', 1);
    this.#count('failures', outcome.failure === undefined ? 0 : 1);
    for (const name of failureClasses) this.#count(`failures_${name}`, outcome.failure === name ? 1 : 0);
    const heldUp = isHeldUp(outcome);
    this.#count('held_up', heldUp ? 1 : 0);
    if (!heldUp) this.#addTimes(outcome);
    this.#addEvidence(heldUp ? withoutTimes(outcome) : outcome);
  }

  /** undefined: nothing was asked since. */
  take(): TalliedRequests | undefined {
    if (this.#evidence.size === 0) return undefined;
    const told = { fields: this.#fields, requests: [...this.#evidence.values()] };
    this.#fields = {};
    this.#evidence = new Map();
    return told;
  }

  #addTimes({ phases, reused, failure, heldUs }: RequestOutcome): void {
    for (const phase of ['dns', 'connect', 'tls', 'first_byte'] as const) {
      const us = phases[phase];
      if (us !== undefined) addToSketch(this.#fields, `${phase}_us`, us);
    }
    // What took too long took at least that long: left out, the slowest answers of all would make no mark. Other
    // failures say nothing of how long an answer takes.
    if (failure !== undefined && failure !== 'timeout') return;
    // It may or may not have answered while nobody looked: the shortest that it can have taken accuses nobody.
    addToSketch(this.#fields, reused ? 'warm_us' : 'fresh_us', Math.max(0, (phases.total ?? 0) - heldUs));
    this.#count(reused ? 'warm_requests' : 'fresh_requests', 1);
  }

  /** One entry an outcome, with the phases of the slowest. */
  #addEvidence({ outcome, detail, phases }: RequestOutcome): void {
    const known = this.#evidence.get(outcome);
    if (known === undefined && this.#evidence.size >= maxOutcomes) return;
    const slower = (phases.total ?? 0) >= (known?.phases_us?.['total'] ?? 0);
    this.#evidence.set(outcome, {
      target: this.#path,
      outcome,
      count: (known?.count ?? 0) + 1,
      phases_us: slower ? definedOf(phases) : (known?.phases_us ?? {}),
      ...((detail ?? known?.detail) !== undefined && { detail: detail ?? known?.detail }),
    });
  }

  #count(name: string, count: number): void {
    this.#fields[name] = (this.#fields[name] ?? 0) + count;
  }
}

function withoutTimes(outcome: RequestOutcome): RequestOutcome {
  const why = `this agent was held up for ${Math.round(outcome.heldUs / 1_000)} ms of it`;
  const detail = outcome.detail === undefined ? why : `${outcome.detail}; ${why}`;
  return { ...outcome, detail, phases: {} };
}

function definedOf(phases: RequestOutcome['phases']): Record<string, number> {
  return Object.fromEntries(Object.entries(phases).filter(([, us]) => us !== undefined));
}
