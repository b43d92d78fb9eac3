import { Engine, type TopLevelCondition } from 'json-rules-engine';
import { readConfirmCondition } from '../rules/confirm-condition.ts';
import { registerOperators } from '../rules/conditions/to-json-rules-engine.ts';
import type { Fact } from '../rules/compiled-rule.ts';
import type { AlertConfirmed } from '../stream/events/confirmation.ts';
import type { Transition } from '../stream/events/transition.ts';
import { transitionFact } from './transition-facts.ts';

/** Knows facts that no observation carries: a cordoned node, the age of a rollout, whatever a user's service answers. */
export interface FactProvider {
  /** `node` is asked for `node.cordoned`. */
  readonly name: string;
  /**
   * The fact of that full name, for this alert; undefined: not known. It may take its time until `signal` aborts, and
   * may reject: then the fact is unknown.
   */
  fact(name: string, transition: Transition, signal: AbortSignal): Promise<Fact>;
}

export interface ConfirmOptions {
  readonly providers: readonly FactProvider[];
  /** For all facts of one alert together. */
  readonly timeoutMs: number;
}

export type Answer = Pick<AlertConfirmed, 'confirmed' | 'reason'>;

/**
 * Asks a rule's `confirm` of an alert that is about to notify: run by json-rules-engine, each fact fetched once. Where
 * a fact is unknown the library's answer is not taken (it lets `!=` hold for what is missing): Kleene's logic over the
 * facts that are known decides, and may leave it unknown. Never rejects.
 */
export async function confirmAlert(
  conditions: TopLevelCondition,
  transition: Transition,
  options: ConfirmOptions,
): Promise<Answer> {
  const condition = readConfirmCondition(conditions);
  if (!condition) return { confirmed: null, reason: 'its condition cannot be read' };
  const asked = new AskedFacts(transition, options);
  const engine = new Engine([], { allowUndefinedFacts: true });
  registerOperators(engine);
  // Our names hold dots, which are no paths here; the cache of the engine makes it one question a fact.
  for (const name of condition.facts) engine.addFact(name, () => asked.fetch(name), { cache: true });
  engine.addRule({ conditions, event: { type: 'confirmed' } });
  const { events } = await engine.run();
  const facts = asked.known();
  const complete = asked.unknown().length === 0;
  const truth = complete ? events.length > 0 : condition.evaluate((name) => facts.get(name));
  return { confirmed: truth ?? null, reason: reasonOf(condition.text, asked).slice(0, 2_000) };
}

/** What was asked, and what came back. */
class AskedFacts {
  readonly #transition: Transition;
  readonly #providers: readonly FactProvider[];
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Exclude<Fact, undefined>>();
  readonly #unknown = new Map<string, string>();

  constructor(transition: Transition, { providers, timeoutMs }: ConfirmOptions) {
    this.#transition = transition;
    this.#providers = providers;
    this.#signal = AbortSignal.timeout(timeoutMs);
  }

  async fetch(name: string): Promise<Fact> {
    const value = transitionFact(this.#transition, name) ?? (await this.#ask(name));
    if (value === undefined || Number.isNaN(value)) {
      if (!this.#unknown.has(name)) this.#unknown.set(name, 'not known');
      return undefined;
    }
    this.#known.set(name, value);
    return value;
  }

  async #ask(name: string): Promise<Fact> {
    const provider = this.#providers.find((one) => name.startsWith(`${one.name}.`));
    if (!provider) return undefined;
    try {
      return await Promise.race([provider.fact(name, this.#transition, this.#signal), abortOf(this.#signal)]);
    } catch (error) {
      this.#unknown.set(name, this.#signal.aborted ? 'no answer in time' : messageOf(error));
      return undefined;
    }
  }

  known(): ReadonlyMap<string, Exclude<Fact, undefined>> {
    return this.#known;
  }

  unknown(): readonly (readonly [name: string, why: string])[] {
    return [...this.#unknown];
  }
}

/** Rejects when the time is over, also for a provider that does not listen. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new Error('no answer in time'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'it failed';
}

/** `node.cordoned == false; node.cordoned is true`. */
function reasonOf(text: string, asked: AskedFacts): string {
  const known = [...asked.known()].map(([name, value]) => `${name} is ${value}`);
  const unknown = asked.unknown().map(([name, why]) => `${name}: ${why}`);
  return [text, [...known, ...unknown].toSorted().join(', ')].join('; ');
}
