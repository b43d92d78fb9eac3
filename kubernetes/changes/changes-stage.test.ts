import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { transitionType } from '../../stream/events/transition.ts';
import type { Producer } from '../../stream/port.ts';
import { createChangesStage } from './changes-stage.ts';

function record(seq: number) {
  const data = { fingerprint: 'fp', episode: 2, seq, subject: { cluster: 'c1' } };
  const event = createCloudEvent({
    id: `fp/2/${seq}`,
    source: '/clusters/c1/judge',
    type: transitionType,
    timeMs: 0,
    partitionkey: 'fp',
    data,
  });
  return { topic: 'alerts', partition: 0, offset: seq, appendedAtMs: 0, event } as const;
}

function stageWith(found: string | undefined) {
  const appended: Parameters<Producer['append']>[] = [];
  const stage = createChangesStage({
    changesBefore: () => found,
    producer: { append: async (...args) => void appended.push(args) },
    nowMs: () => 0,
    onAppendFailure: (error) => {
      throw error;
    },
  });
  return { stage, appended };
}

describe('the changes stage', () => {
  it('notes what changed, once, at the first news of an alert and after its commit', () => {
    const { stage, appended } = stageWith('1 min before: rollout of deployment/payments.shop');
    stage.process(record(1));
    stage.process(record(2));
    expect(appended).toEqual([]);
    stage.committed?.();
    stage.committed?.();
    expect(appended).toHaveLength(1);
    expect(appended[0]).toMatchObject([
      'alerts',
      [
        {
          id: 'changes/fp/2',
          data: { annotations: { 'Changed before': '1 min before: rollout of deployment/payments.shop' } },
        },
      ],
    ]);
  });

  it('says nothing where nothing changed', () => {
    const { stage, appended } = stageWith(undefined);
    stage.process(record(1));
    stage.committed?.();
    expect(appended).toEqual([]);
  });
});
