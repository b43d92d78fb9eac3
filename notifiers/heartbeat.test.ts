import { expect, it } from 'vitest';
import type { BeatOutcome } from './heartbeat.ts';
import { createHeartbeat } from './heartbeat.ts';
import { ManualClock } from './testing/manual-clock.ts';

it('beats only while every counter moves', async () => {
  const clock = new ManualClock();
  const outcomes: BeatOutcome[] = [];
  const called: string[] = [];
  let observed = 0;
  let notified = 0;
  let up = true;
  const heartbeat = createHeartbeat({
    url: 'https://beat.example.com/x',
    everyMs: 60_000,
    progress: [() => observed, () => notified],
    clock,
    fetch: async (url) => {
      called.push(url);
      if (!up) throw new TypeError('fetch failed');
      return { ok: true };
    },
    onBeat: (outcome) => outcomes.push(outcome),
  });
  heartbeat.start();
  const pass = async (more: number, told: number) => {
    observed += more;
    notified += told;
    await clock.advance(60_000);
  };
  await pass(5, 5);
  await pass(0, 5);
  await pass(5, 0);
  await pass(5, 5);
  up = false;
  await pass(5, 5);
  await heartbeat.stop();
  await clock.advance(120_000);
  expect(outcomes).toEqual(['sent', 'still', 'still', 'sent', 'failed']);
  expect(called).toHaveLength(3);
});
