import { describe, expect, it } from 'vitest';
import { toneOf } from '../../demo/slack/tone.ts';
import type { Sighting } from './sighting.ts';
import { Timeline } from './timeline.ts';

const seen = (atS: number, text: string, kind: Sighting['kind'] = 'post'): Sighting => ({
  atS,
  kind,
  tone: toneOf(text),
  root: 'a',
  text,
});
/** A clock that is already past everything. */
const atTheEnd = { nowS: () => 1000 };
const play = (build: (timeline: Timeline) => void, ...sightings: readonly Sighting[]): Promise<void> => {
  const timeline = new Timeline('a play');
  build(timeline);
  return timeline.play(atTheEnd, () => sightings);
};

describe('Timeline', () => {
  it('is content with what was wanted', async () => {
    await play(
      (timeline) => {
        timeline.between(0, 1).wantNothing();
        timeline.between(1, 3).wantNotice('a → b');
        timeline.between(1, 5).wantPage(/a → b:\d+/);
        timeline.between(5, 9).wantResolved();
        timeline.between(0, 9).wantMessages(1);
      },
      seen(2, 'Notice: Spike a → b:80'),
      seen(4, 'PAGE: Spike a → b:80', 'edit'),
      seen(6, '🟢 Resolved after 2 s: Spike a → b:80', 'edit'),
    );
  });

  it('tells what never came, and what was seen instead', async () => {
    const played = play(
      (timeline) => timeline.between(1, 3).wantPage('a → b'),
      seen(2, 'Notice: Spike a → b:80'),
    );
    await expect(played).rejects.toThrow(/page a → b: it never came[^]*Notice: Spike/);
  });

  it('tells what came too late', async () => {
    const played = play((timeline) => timeline.between(1, 3).wantPage('a → b'), seen(4, 'PAGE: a → b'));
    await expect(played).rejects.toThrow('it came outside of that time:\n   4.00 s');
  });

  it('hears a new message and an escalation as noise, but not what is said on about an old one', async () => {
    const quiet = (timeline: Timeline) => timeline.between(3, 9).wantNothing();
    await expect(play(quiet, seen(4, 'PAGE: a'))).rejects.toThrow('there was');
    await expect(play(quiet, seen(1, 'Notice: a'), seen(4, 'PAGE: a', 'edit'))).rejects.toThrow('there was');
    await play(
      quiet,
      seen(1, 'PAGE: a'),
      seen(4, 'PAGE: a, worse', 'edit'),
      seen(5, 'PAGE: packets', 'reply'),
    );
  });

  it('notices an end that comes too early', async () => {
    const lasting = (timeline: Timeline) => timeline.between(3, 9).wantNoEnd();
    await expect(play(lasting, seen(1, 'PAGE: a'), seen(4, 'Resolved: a', 'edit'))).rejects.toThrow(
      'there was',
    );
    await play(lasting, seen(1, 'PAGE: a'), seen(10, 'Resolved: a', 'edit'));
  });

  it('counts messages', async () => {
    const played = play(
      (timeline) => timeline.between(0, 9).wantMessages(1),
      seen(1, 'PAGE: a'),
      seen(2, 'PAGE: b'),
    );
    await expect(played).rejects.toThrow('there were 2');
  });

  it('acts in the order of time', async () => {
    const acts: string[] = [];
    await play((timeline) => {
      timeline.at(2).do('second', async () => acts.push('second'));
      timeline.at(1).do('first', async () => acts.push('first'));
    });
    expect(acts).toEqual(['first', 'second']);
  });
});
