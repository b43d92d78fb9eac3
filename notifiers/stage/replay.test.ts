import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { Output, StreamRecord, Topic } from '../../stream/port.ts';
import { captureEvent, createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { configOf } from '../testing/scene.ts';
import { createNotifyStage } from './notify-stage.ts';

const config = configOf(`
route: {receiver: oncall, routes: [{match: [level = page], receiver: pager, continue: true}, {receiver: oncall}]}
receivers: [{name: oncall, slack: {channel: C1, token_env: T}, max_notifications: 3/h}, {name: pager, terminal: {}}]`);

const states = ['pending', 'firing', 'firing', 'resolved', 'expired'] as const;
const levels = ['notice', 'page'] as const;

/** Steps that are turned into a plausible log: time and seq only grow. */
const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('transition', 'transition', 'transition', 'tick', 'capture'),
    alert: fc.nat(5),
    state: fc.constantFrom(...states),
    level: fc.constantFrom(...levels),
    newEpisode: fc.boolean(),
    laterMs: fc.nat(20_000),
  }),
  { maxLength: 60 },
);
type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];

function toLog(given: readonly Step[]): readonly StreamRecord[] {
  let atMs = startMs;
  const episodes = new Map<number, number>();
  return given.map((step, offset) => {
    atMs += step.laterMs;
    const episode = (episodes.get(step.alert) ?? 1) + (step.newEpisode ? 1 : 0);
    episodes.set(step.alert, episode);
    const [topic, event] = eventOf(step, { atMs, episode, offset });
    return { topic, partition: 0, offset, appendedAtMs: atMs, event };
  });
}

function eventOf(
  step: Step,
  at: { atMs: number; episode: number; offset: number },
): readonly [Topic, CloudEvent] {
  const fingerprint = `fp-${step.alert}`;
  if (step.kind === 'tick') return ['alerts', tickEvent(at.atMs)];
  const alert = { fingerprint, episode: at.episode, rule_id: 'r', summary: '' };
  if (step.kind === 'capture') return ['captures', captureEvent(at.atMs, { id: `cap-${at.offset}`, alert })];
  const { state, level } = step;
  const subject = { cluster: 'c1', node: 'n1', namespace: '', workload: `netns/w${step.alert}` };
  const change = {
    fingerprint,
    episode: at.episode,
    seq: at.offset + 1,
    state,
    level,
    at_ms: at.atMs,
    subject,
  };
  return ['alerts', transitionEvent(createTransition(change))];
}

/** Runs the log, restarting from the stored state after each record that `restartAt` picks. */
function run(log: readonly StreamRecord[], restartAt: (offset: number) => boolean) {
  const stored = new Map<string, Uint8Array>();
  const outputs: Output[] = [];
  let stage = createNotifyStage({ config });
  for (const record of log) {
    outputs.push(...stage.process(record));
    if (!restartAt(record.offset)) continue;
    for (const { key, value } of stage.drainState()) {
      if (value === null) stored.delete(key);
      else stored.set(key, value);
    }
    stage = createNotifyStage({ config });
    // The order in which a host returns entries says nothing.
    stage.restore([...stored].sort(([left], [right]) => (left < right ? -1 : 1)));
  }
  return outputs.map(({ event }) => event);
}

it('gives the same notifications from the same log, wherever it was restarted', () => {
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.boolean()), (given, coins) => {
      const log = toLog(given);
      const restarts = [...coins.take(log.length)];
      expect(run(log, (offset) => restarts[offset] ?? false)).toEqual(run(log, () => false));
    }),
    { seed: 7, numRuns: 100 },
  );
});
