import { describe, expect, it } from 'vitest';
import type { Condition, Truth } from '../rules/compiled-rule.ts';
import { advance, flapFactor, type Change, type LifeRule } from './alert-life.ts';
import type { Alert } from './key-state.ts';
import type { Look } from './look.ts';

const condition: Condition = { evaluate: () => true, text: 'own condition', facts: [] };
const rule: LifeRule = {
  when: { ...condition, text: 'the rule holds' },
  levels: [
    { level: 'notice', forMs: 5_000, when: undefined },
    { level: 'page', forMs: 20_000, when: condition },
  ],
  clear: { when: condition, forMs: 30_000 },
  keepFiringForMs: 10_000,
  expireAfterMs: 300_000,
};

interface Seen {
  readonly when: Truth;
  readonly page?: Truth;
  readonly clear?: Truth;
  /** The window asked about clearing held data; default: as `clear` says. */
  readonly clearSeen?: boolean;
  readonly rows?: boolean;
  /** Default: with rows. */
  readonly events?: boolean;
  readonly firings?: number;
}

/** An alert that began at 0, as the judge makes it. */
function newAlert(): Alert {
  const who = {
    subject: { cluster: 'c', node: 'n', namespace: 's', workload: 'w' },
    peer: { kind: 'external', name: 'p', ip: '203.0.113.9' },
    role: 'client',
    servicePort: 443,
  } as const;
  return {
    fingerprint: 'f',
    seq: 1,
    state: 'pending',
    level: null,
    startedAtMs: 0,
    firedAtMs: null,
    lookedMs: 0,
    heldSinceMs: [],
    lastTrueMs: 0,
    lastClear: false,
    clearForMs: 0,
    lastDataMs: 0,
    value: null,
    windowMs: 0,
    worst: null,
    toldMs: 0,
    toldWorst: null,
    who,
    evidence: null,
    shift: null,
    acceptedMs: null,
  };
}

function look(seconds: number, seen: Seen): Look {
  const window = { windowMs: 1_000, numerator: 1, denominator: 10, independent: NaN, value: 0.1 };
  const context = { window, firings1h: seen.firings ?? 1 } as Look['context'];
  return {
    nowMs: seconds * 1_000,
    hasRows: seen.rows ?? true,
    hasEvents: seen.events ?? seen.rows ?? true,
    truth: seen.when,
    levels: [seen.when, seen.page ?? seen.when],
    clear: seen.when === true ? false : seen.clear,
    clearSeen: seen.clearSeen ?? seen.clear !== undefined,
    context,
    facts: () => undefined,
  };
}

/** Looks once a second with what `at` says; tells the changes as `second state level`. */
function live(untilS: number, at: (second: number) => Seen): string[] {
  const alert = newAlert();
  const told: string[] = [];
  for (let s = 0; s <= untilS; s++) {
    const change = advance(alert, look(s, at(s)), rule);
    if (!change) continue;
    told.push(`${s} ${change.update ? 'update' : change.state} ${change.level}`);
    applyTo(alert, change, s);
    if (alert.state === 'firing' && change.state !== 'firing') break;
    if (change.state === 'cancelled') break;
  }
  return told;
}

function applyTo(alert: Alert, change: Change, seconds: number): void {
  if (change.state === 'firing') alert.state = 'firing';
  alert.level = change.level;
  alert.toldMs = seconds * 1_000;
  alert.toldWorst = alert.worst;
}

describe('the life of an alert', () => {
  it('fires level by level, each after its own `for`', () => {
    expect(live(30, () => ({ when: true }))).toEqual(['5 firing notice', '20 firing page']);
  });

  it('says by which condition: the level’s own, else that of the rule', () => {
    const alert = newAlert();
    const atOnce: LifeRule = { ...rule, levels: rule.levels.map((level) => ({ ...level, forMs: 0 })) };
    const notice = advance(alert, look(0, { when: true, page: false }), atOnce);
    expect(notice?.reason).toBe('notice at once (the rule holds)');
    if (notice) applyTo(alert, notice, 0);
    const page = advance(alert, look(1, { when: true }), atOnce);
    expect(page?.reason).toBe('page at once (own condition), escalated from notice');
  });

  it('begins a `for` anew after false, not after unknown', () => {
    expect(live(60, (s) => ({ when: true, page: s === 10 ? false : true }))[1]).toBe('31 firing page');
    expect(live(60, (s) => ({ when: true, page: s === 10 ? undefined : true }))[1]).toBe('20 firing page');
  });

  it('does not fire on unknown, however long it has held', () => {
    expect(live(30, (s) => ({ when: s < 4 || s > 12 ? true : undefined }))[0]).toBe('13 firing notice');
  });

  it('cancels what never fired', () => {
    expect(live(30, (s) => ({ when: s < 3 }))).toEqual(['3 cancelled null']);
    expect(live(400, (s) => ({ when: s < 3 ? true : undefined, rows: s < 3 }))).toEqual([
      '302 cancelled null',
    ]);
  });

  it('clears at once when the window asked turns normal, which took its whole length', () => {
    const seen = (s: number): Seen => (s <= 10 ? { when: true } : { when: false, clear: s >= 41 });
    expect(live(90, seen)).toEqual(['5 firing notice', '41 resolved notice']);
  });

  it('counts from the last event, not from when a longer window forgets it', () => {
    const seen = (s: number): Seen => ({ when: s <= 20, page: false, clear: s >= 41, events: s <= 10 });
    expect(live(90, seen)).toEqual(['5 firing notice', '41 resolved notice']);
  });

  it('clears at once when doubt turns into certainty: there was data all along', () => {
    const doubt = (s: number): Seen => ({
      when: s <= 10 ? true : undefined,
      clear: s < 41 ? undefined : true,
      clearSeen: true,
    });
    expect(live(90, doubt)).toEqual(['5 firing notice', '41 resolved notice']);
  });

  it('neither clears on silence nor counts it', () => {
    const gap = (s: number): Seen => ({
      when: s <= 10 ? true : undefined,
      clear: s < 100 ? undefined : true,
    });
    expect(live(200, gap)).toEqual(['5 firing notice', '130 resolved notice']);
  });

  it('expires only without data', () => {
    const silent = (s: number): Seen => ({ when: s <= 10 ? true : undefined, rows: s <= 10 });
    expect(live(400, silent).at(-1)).toBe('310 expired notice');
    const unknown = (s: number): Seen => ({ when: s <= 10 ? true : undefined });
    expect(live(400, unknown)).toEqual(['5 firing notice']);
  });

  it('takes longer to clear the more it flaps, within bounds', () => {
    expect([1, 3, 4, 5, 6, 20].map(flapFactor)).toEqual([1, 1, 2, 4, 8, 8]);
    const seen = (s: number): Seen => ({ when: s <= 10, clear: s > 10, firings: 4 });
    expect(live(200, seen).at(-1)).toBe('70 resolved notice');
  });

  it('tells new figures of a lasting alert once a minute', () => {
    const told = live(150, () => ({ when: true, page: false }));
    expect(told).toEqual(['5 firing notice', '65 update notice', '125 update notice']);
  });
});
