import type { Tone } from '../../demo/slack/tone.ts';
import { describeSighting, type Sighting } from './sighting.ts';

export interface Wanted {
  /** In order of severity a page is also a notice: `notice` is met by a page too. */
  readonly tone?: Tone;
  /** All of these are in its text. */
  readonly says?: readonly (string | RegExp)[];
}

/** Between `fromS` and `toS`, seconds since the beginning of the play. */
export type Expectation =
  | { readonly kind: 'message'; readonly fromS: number; readonly toS: number; readonly wanted: Wanted }
  /** No message begins and none becomes a page. What a message from before says on is not counted. */
  | { readonly kind: 'silence'; readonly fromS: number; readonly toS: number }
  /** Nothing of this kind is said. */
  | { readonly kind: 'absence'; readonly fromS: number; readonly toS: number; readonly wanted: Wanted }
  /** So many messages began, in all. */
  | { readonly kind: 'messages'; readonly fromS: number; readonly toS: number; readonly count: number };

export type Verdict = { readonly met: true } | { readonly met: false; readonly why: string };

/** Could later sightings still change the verdict? `nowS`: the play's clock. */
export function isOpen(expectation: Expectation, sightings: readonly Sighting[], nowS: number): boolean {
  if (nowS > expectation.toS) return false;
  return expectation.kind !== 'message' || !judge(expectation, sightings).met;
}

export function judge(expectation: Expectation, sightings: readonly Sighting[]): Verdict {
  const inside = sightings.filter(({ atS }) => atS >= expectation.fromS && atS <= expectation.toS);
  switch (expectation.kind) {
    case 'message':
      return judgeMessage(expectation.wanted, inside, sightings);
    case 'silence':
      return judgeSilence(inside, sightings);
    case 'absence':
      return judgeAbsence(expectation.wanted, inside);
    case 'messages':
      return judgeCount(expectation.count, inside);
    default:
      return expectation satisfies never;
  }
}

export function describeExpectation(expectation: Expectation): string {
  const window = `between ${expectation.fromS} s and ${expectation.toS} s`;
  switch (expectation.kind) {
    case 'message':
      return `${window}: ${describeWanted(expectation.wanted)}`;
    case 'absence':
      return `${window}: no ${describeWanted(expectation.wanted)}`;
    case 'silence':
      return `${window}: nothing`;
    case 'messages':
      return `${window}: ${expectation.count} messages`;
    default:
      return expectation satisfies never;
  }
}

function describeWanted({ tone, says = [] }: Wanted): string {
  return `${tone ?? 'message'} ${says.join(', ')}`;
}

function judgeMessage(wanted: Wanted, inside: readonly Sighting[], all: readonly Sighting[]): Verdict {
  if (inside.some((sighting) => matches(wanted, sighting))) return { met: true };
  const elsewhere = all.find((sighting) => matches(wanted, sighting));
  return elsewhere === undefined
    ? { met: false, why: 'it never came' }
    : { met: false, why: `it came outside of that time:\n${describeSighting(elsewhere)}` };
}

function judgeSilence(inside: readonly Sighting[], all: readonly Sighting[]): Verdict {
  const loud = inside.find((sighting) => sighting.kind === 'post' || isEscalation(sighting, all));
  return loud === undefined ? { met: true } : { met: false, why: `there was\n${describeSighting(loud)}` };
}

function judgeAbsence(wanted: Wanted, inside: readonly Sighting[]): Verdict {
  const found = inside.find((sighting) => matches(wanted, sighting));
  return found === undefined ? { met: true } : { met: false, why: `there was\n${describeSighting(found)}` };
}

/** The first change of a message to a page. */
function isEscalation(sighting: Sighting, all: readonly Sighting[]): boolean {
  if (sighting.tone !== 'page' || sighting.kind === 'reply') return false;
  return !all.some(
    (other) => other.root === sighting.root && other.tone === 'page' && other.atS < sighting.atS,
  );
}

function judgeCount(count: number, inside: readonly Sighting[]): Verdict {
  const posts = inside.filter(({ kind }) => kind === 'post');
  return posts.length === count ? { met: true } : { met: false, why: `there were ${posts.length}` };
}

function matches(wanted: Wanted, sighting: Sighting): boolean {
  const { tone, says = [] } = wanted;
  if (tone !== undefined && tone !== sighting.tone && !(tone === 'notice' && sighting.tone === 'page'))
    return false;
  return says.every((part) =>
    typeof part === 'string' ? sighting.text.includes(part) : part.test(sighting.text),
  );
}
