import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { alertAnnotatedType } from '../../stream/events/function.ts';
import { createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { startScene, type Scene } from '../testing/scene.ts';
import { limits } from './limits.ts';

const transition = createTransition();
const annotated = (
  at: number,
  annotations: Readonly<Record<string, string>>,
  fingerprint = transition.fingerprint,
) =>
  createCloudEvent({
    id: `owner/${at}`,
    source: '/functions/owner',
    type: alertAnnotatedType,
    timeMs: startMs + at * 1_000,
    partitionkey: fingerprint,
    data: { fingerprint, episode: transition.episode, annotations, by: 'owner' },
  });
const notesOf = (scene: Scene): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (scene.oncall.deliveries.findLast(({ operation }) => operation !== 'reply')?.content.facts ?? [])
      .filter(({ name }) => name.startsWith('note') || name === 'owner')
      .map(({ name, value }) => [name, value]),
  );

describe('an annotated alert', () => {
  it('shows what was noted in its message, the later note of a name in the place of the earlier', async () => {
    const scene = await startScene();
    await scene.give('alerts', transitionEvent(transition), annotated(1, { owner: 'shop' }));
    await scene.give('alerts', annotated(2, { owner: 'payments' }), tickEvent(startMs + 400_000));
    expect(scene.told()).toContain('update edit');
    expect(notesOf(scene)).toEqual({ owner: 'payments' });
  });

  it('keeps its notes when the alert goes on', async () => {
    const scene = await startScene();
    const next = { ...transition, seq: transition.seq + 1, state: 'resolved', level: null } as const;
    await scene.give('alerts', transitionEvent(transition), annotated(1, { owner: 'shop' }));
    await scene.give('alerts', transitionEvent({ ...next, at_ms: startMs + 60_000 }));
    expect(scene.told()).toContain('resolved edit');
    expect(notesOf(scene)).toEqual({ owner: 'shop' });
  });

  it('takes a bounded number of notes, and none of an alert that nobody knows', async () => {
    const scene = await startScene();
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`note${n}`, 'x']));
    await scene.give('alerts', transitionEvent(transition), annotated(1, many), tickEvent(startMs + 400_000));
    expect(Object.keys(notesOf(scene))).toHaveLength(limits.notesPerAlert);
    await scene.give('alerts', annotated(2, { owner: 'shop' }, 'unheard-of'));
    expect(scene.counts.get('notes_full')).toBe(1);
    expect(scene.counts.get('annotated_unknown')).toBe(1);
  });
});
