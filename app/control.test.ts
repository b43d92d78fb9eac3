import { describe, expect, it } from 'vitest';
import { createCloudEvent, type CloudEvent } from '../stream/cloud-event.ts';
import { acknowledgedType, type Silence } from '../stream/events/control.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import { createControl } from './control.ts';
import { RecentFlows } from './recent-flows.ts';

const nowMs = Date.parse('2026-11-21T08:00:00Z');
const silence = { id: 'abcd-1' } as Silence;

function setUp() {
  const told: { readonly topic: string; readonly type: string; readonly data: unknown }[] = [];
  const flows = new RecentFlows(10);
  const control = createControl({
    node: 'n1',
    producer: {
      append: async (topic: string, events: readonly CloudEvent<string, unknown>[]) => {
        for (const { type, data } of events) told.push({ topic, type, data });
      },
    },
    notify: { silences: () => [{ ...silence, expired_by: null }] },
    flows,
    status: () => ({ version: '1' }),
    nowMs: () => nowMs,
  });
  return { told, flows, control };
}

const captureRequest = {
  workload: 'checkout',
  peer: 'payments',
  before_ms: 10_000,
  during_ms: 20_000,
  max_bytes: 1e6,
  requested_by: 'ann',
};

describe('createControl', () => {
  it('a silence holds from now for its duration', async () => {
    const { told, control } = setUp();
    const matchers = [{ name: 'workload', op: '=', value: 'netns/checkout' }] as const;
    const request = { matchers: [...matchers], duration_ms: 3_600_000, created_by: 'ann', comment: 'deploy' };
    const added = await control.addSilence(request);
    expect(added).toMatchObject({
      starts_at: '2026-11-21T08:00:00.000Z',
      ends_at: '2026-11-21T09:00:00.000Z',
    });
    expect(told).toEqual([{ topic: 'alerts', type: 'io.saccade.silence.added.v1', data: added }]);
  });

  it('expires by the beginning of an id, and says so of an unknown one', async () => {
    const { told, control } = setUp();
    await control.expireSilence('abcd', 'ann');
    expect(told[0]).toMatchObject({ data: { id: 'abcd-1', by: 'ann' } });
    await expect(control.expireSilence('zz', 'ann')).rejects.toMatchObject({ status: 404 });
  });

  it('an acknowledgement goes to the alerts', async () => {
    const { told, control } = setUp();
    await control.acknowledge({ fingerprint: 'f1', episode: 2, by: 'ann' });
    expect(told[0]).toMatchObject({ topic: 'alerts', data: { fingerprint: 'f1', episode: 2, by: 'ann' } });
  });

  it('a capture by names is asked of this node, without cool-down', async () => {
    const { told, flows, control } = setUp();
    flows.note({
      subject: { cluster: 'c', node: 'n1', namespace: 'vm', workload: 'netns/checkout' },
      rows: [
        {
          peer: { kind: 'workload', name: 'netns/payments', ip: '192.0.2.2' },
          role: 'client',
          service_port: 80,
        },
      ],
    } as unknown as ObservationBatch);
    const { id } = await control.startCapture(captureRequest);
    expect(told[0]).toMatchObject({
      topic: 'captures',
      data: { id, node: 'n1', alert: null, cooldown_ms: 0, selector: { peer_ips: ['192.0.2.2'] } },
    });
  });

  it('a capture of what nobody saw names what was seen', async () => {
    const { told, control } = setUp();
    await expect(control.startCapture(captureRequest)).rejects.toThrow(
      'checkout has not talked to payments lately (nothing has been seen yet)',
    );
    expect(told).toEqual([]);
  });

  it('replays a dead letter as a new event, and refuses one that is still not valid', async () => {
    const { told, control } = setUp();
    const event = createCloudEvent({
      id: 'f1-ack',
      source: '/control',
      type: acknowledgedType,
      timeMs: nowMs,
      partitionkey: 'f1',
      data: { fingerprint: 'f1', episode: 1, by: 'ann' },
    });
    const { id } = await control.replayDead({ topic: 'alerts', event });
    expect(id).toMatch(/^f1-ack\/replay-/);
    expect(told).toEqual([{ topic: 'alerts', type: acknowledgedType, data: event.data }]);
    const broken = { ...event, data: { fingerprint: 7 } };
    await expect(control.replayDead({ topic: 'alerts', event: broken })).rejects.toMatchObject({
      status: 400,
    });
  });
});
