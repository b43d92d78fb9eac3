import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { transitionType } from '../../stream/events/transition.ts';
import { createFiringStage } from './firing-stage.ts';

function record(fingerprint: string, state: string, offset: number) {
  const data = { fingerprint, rule_id: 'shop-slow', state };
  const event = createCloudEvent({
    id: `${fingerprint}/${offset}`,
    source: '/clusters/c1/judge',
    type: transitionType,
    timeMs: 0,
    partitionkey: fingerprint,
    data,
  });
  return { topic: 'alerts', partition: 0, offset, appendedAtMs: 0, event } as const;
}

describe('the firing stage', () => {
  it('counts by rule what fires, also after a restart', () => {
    const stage = createFiringStage();
    for (const [index, [name, state]] of [
      ['a', 'pending'],
      ['a', 'firing'],
      ['b', 'firing'],
      ['b', 'firing'],
      ['c', 'firing'],
      ['c', 'resolved'],
    ].entries())
      stage.process(record(name ?? '', state ?? '', index));
    expect([...stage.firing()]).toEqual([['shop-slow', 2]]);
    const kept = [...stage.drainState()].flatMap(({ key, value }) => (value ? [[key, value] as const] : []));
    const next = createFiringStage();
    next.restore(kept);
    next.process(record('a', 'expired', 9));
    expect([...next.firing()]).toEqual([['shop-slow', 1]]);
  });
});
