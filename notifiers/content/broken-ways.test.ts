import { describe, expect, it } from 'vitest';
import type { LostWay, PacketSummary } from '../../stream/events/capture.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { createView } from '../testing/delivery.ts';
import { captureEvent, createOpposite, createTransition, startMs } from '../testing/events.ts';
import type { AlertView } from './alert-view.ts';
import { lostWayByCounters } from './broken-ways.ts';
import { describeGroup } from './describe-group.ts';

/** Time-outs alone, and nobody answered. */
const stalled = { value: 0.4, fields: { data_segments: 20, retransmits: 8, rto: 8, stalled_sockets: 4 } };

const captured = (lost_way: LostWay, likely_cause: string): Pick<AlertView, 'captures'> => {
  const { data } = captureEvent(startMs);
  const summary: PacketSummary | null = data.summary && { ...data.summary, lost_way, likely_cause };
  return { captures: [{ ...data, summary }] };
};
const checkout = (more: Partial<AlertView> = {}, change: Partial<Transition> = stalled) =>
  createView({ transition: createTransition({ level: 'page', ...change }), ...more });
/** The worse figures: without more it would stand for the message. */
const payments = (more: Partial<AlertView> = {}, change: Partial<Transition> = stalled) =>
  createView({ transition: createOpposite({ level: 'page', ...change, value: 0.9 }), ...more });

const titleOf = (...views: readonly AlertView[]) => describeGroup(views).title;
const factOf = (name: string, ...views: readonly AlertView[]) =>
  describeGroup(views).facts.find((fact) => fact.name === name)?.value;

describe('a message of both ends of a path', () => {
  it('names no way before one is known', () => {
    expect(titleOf(payments(), checkout())).toBe('PAGE: RetransmitSpike checkout ⇄ payments:443');
    expect(factOf('Likely cause', payments(), checkout())).toContain('both ends resend and hear nothing');
  });

  it('names the way that is cut, whoever tells of it and whatever the figures', () => {
    const forth = 'PAGE: RetransmitSpike checkout → payments:443';
    const back = 'PAGE: RetransmitSpike payments → checkout';
    expect(titleOf(payments(), checkout({ lostWay: 'to_peer' }))).toBe(forth);
    expect(titleOf(payments({ lostWay: 'from_peer' }), checkout())).toBe(forth);
    expect(titleOf(payments({ lostWay: 'to_peer' }), checkout())).toBe(back);
  });

  it('says in its text that the other end only waits for acknowledgements', () => {
    const views = [payments(captured('silent', 'peer silent: 8')), checkout({ lostWay: 'to_peer' })];
    const { summary, title } = describeGroup(views);
    expect(title).toContain('checkout → payments:443');
    expect(summary.split('\n')).toEqual([
      expect.stringMatching(/^checkout → payments:443: 40 % of segments resent [^;]*$/u),
      expect.stringMatching(/^payments → checkout: 90 %.*; what it sends arrives/u),
    ]);
    expect(factOf('From', ...views)).toContain('netns/checkout');
    expect(factOf('Likely cause', ...views)).toBe(
      'packets from checkout to payments get lost on the way; those from payments arrive',
    );
    const known = [views[0] ?? payments(), checkout(captured('to_peer', 'loss on the way to the peer: 12'))];
    expect(factOf('Likely cause', ...known)).toBe('loss on the way to the peer: 12');
  });

  it('names both ways where both are broken', () => {
    const both = 'PAGE: RetransmitSpike checkout ⇄ payments:443, both directions';
    expect(titleOf(payments({ lostWay: 'to_peer' }), checkout({ lostWay: 'to_peer' }))).toBe(both);
    expect(titleOf(payments({ lostWay: 'both' }), checkout())).toBe(both);
    // Neither end heard anything in all of its packets.
    expect(titleOf(payments(captured('silent', '')), checkout(captured('silent', '')))).toBe(both);
    expect(titleOf(payments(captured('silent', '')), checkout())).not.toContain('both directions');
  });

  it('keeps the name of the way when that end is over first', () => {
    const ended = checkout({ lostWay: 'to_peer' }, { ...stalled, state: 'resolved', level: null });
    expect(titleOf(payments(), ended)).toBe('PAGE: RetransmitSpike checkout → payments:443');
  });
});

describe('what counters prove of the way', () => {
  const wayOf = (fields: Readonly<Record<string, number>>, ageMs = 400) =>
    lostWayByCounters(createTransition({ fields, at_ms: startMs, started_at_ms: startMs - ageMs }));

  it('is loss of data where it was asked for, or answered in the end', () => {
    expect(wayOf({ retransmits: 3, fast: 1, stalled_sockets: 1 })).toBe('to_peer');
    expect(wayOf({ retransmits: 6, rto: 6, stalled_sockets: 0 }, 3_000)).toBe('to_peer');
  });

  it('is nothing in silence, too early, nor where the peer had most of it', () => {
    expect(wayOf({ retransmits: 6, rto: 6, stalled_sockets: 1 }, 3_000)).toBeUndefined();
    expect(wayOf({ retransmits: 6, rto: 6, stalled_sockets: 0 })).toBeUndefined();
    expect(wayOf({ retransmits: 8, rto: 8, spurious_retransmits: 4 }, 3_000)).toBeUndefined();
  });
});
