import { setTimeout as sleep } from 'node:timers/promises';
import { describeExpectation, type Expectation, isOpen, judge, type Wanted } from './expectation.ts';
import { describeSighting, type Sighting } from './sighting.ts';

interface Action {
  readonly atS: number;
  readonly what: string;
  readonly run: () => Promise<unknown>;
}

/** A clock that starts at 0 with the play. */
export interface PlayClock {
  nowS(): number;
}

const pollMs = 100;

/**
 * A play and what its audience is to see, in the words of the people who run networks:
 *
 * ```
 * timeline.at(1).do('lose 5 %', () => payments.lose(5));
 * timeline.between(1, 10).wantPage('checkout → payments');
 * timeline.between(0, 1).wantNothing();
 * ```
 *
 * Windows are bounds on what is right, not measurements: they are wide, and a play ends as soon as nothing that may
 * still come could change its outcome. Silence, of course, is waited for to its end.
 */
export class Timeline {
  readonly name: string;
  readonly #actions: Action[] = [];
  readonly #expectations: Expectation[] = [];

  constructor(name: string) {
    this.name = name;
  }

  at(atS: number): { do(what: string, run: () => Promise<unknown>): void } {
    return { do: (what, run) => void this.#actions.push({ atS, what, run }) };
  }

  between(fromS: number, toS: number): Between {
    return new Between((expectation) => void this.#expectations.push({ fromS, toS, ...expectation }));
  }

  /** Plays it; throws with everything that was seen if anything was not as wanted. */
  async play(clock: PlayClock, sightings: () => readonly Sighting[]): Promise<void> {
    await this.#act(clock);
    while (this.#expectations.some((expectation) => isOpen(expectation, sightings(), clock.nowS())))
      await sleep(pollMs);
    this.#check(sightings());
  }

  async #act(clock: PlayClock): Promise<void> {
    for (const action of this.#actions.toSorted((a, b) => a.atS - b.atS)) {
      await sleep(Math.max(0, (action.atS - clock.nowS()) * 1000));
      await action.run();
    }
  }

  #check(sightings: readonly Sighting[]): void {
    const faults = this.#expectations.flatMap((expectation) => {
      const verdict = judge(expectation, sightings);
      return verdict.met ? [] : [`${describeExpectation(expectation)}: ${verdict.why}`];
    });
    if (faults.length === 0) return;
    const seen = sightings.length === 0 ? ['nothing'] : sightings.map(describeSighting);
    const evidence = sightings.filter(({ kind, text }) => kind === 'reply' && /evidence/i.test(text));
    const played = this.#actions.map(({ atS, what }) => `${atS.toFixed(2).padStart(7)} s  ${what}`);
    throw new Error(
      [
        `${this.name}:`,
        ...faults,
        'played:',
        ...played,
        'seen:',
        ...seen,
        ...evidence.map(({ text }) => text),
      ].join('\n'),
    );
  }
}

type Without<T> = T extends Expectation ? Omit<T, 'fromS' | 'toS'> : never;

/** What is wanted within a window. */
class Between {
  readonly #add: (expectation: Without<Expectation>) => void;

  constructor(add: (expectation: Without<Expectation>) => void) {
    this.#add = add;
  }

  wantPage(...says: NonNullable<Wanted['says']>): void {
    this.#add({ kind: 'message', wanted: { tone: 'page', says } });
  }

  /** A notice, or a page at once. */
  wantNotice(...says: NonNullable<Wanted['says']>): void {
    this.#add({ kind: 'message', wanted: { tone: 'notice', says } });
  }

  wantResolved(...says: NonNullable<Wanted['says']>): void {
    this.#add({ kind: 'message', wanted: { tone: 'resolved', says } });
  }

  /** In a message or in its thread. */
  wantSaid(...says: NonNullable<Wanted['says']>): void {
    this.#add({ kind: 'message', wanted: { says } });
  }

  wantNothing(): void {
    this.#add({ kind: 'silence' });
  }

  /** What fires goes on firing. */
  wantNoEnd(): void {
    this.#add({ kind: 'absence', wanted: { tone: 'resolved' } });
  }

  wantMessages(count: number): void {
    this.#add({ kind: 'messages', count });
  }
}
