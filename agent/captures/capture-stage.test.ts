import { describe, expect, it } from 'vitest';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import {
  type Capture,
  captureRequestedType,
  type CaptureRequest,
  captureType,
} from '../../stream/events/capture.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { FlightRecorder } from '../recorder/port.ts';
import { createCaptureStage } from './capture-stage.ts';

const subject = { cluster: 'c', node: 'n1', namespace: 'host', workload: 'netns/checkout' };
const peer = { kind: 'external' as const, name: 'api.example.com', ip: '203.0.113.9' };
const request = (id: string, node = 'n1'): CaptureRequest => ({
  id,
  alert: { fingerprint: 'f', episode: 1, rule_id: 'r', summary: 's' },
  requested_by: 'rule r',
  requested_at_ms: 1000,
  node,
  selector: { subject, peer, peer_ips: ['203.0.113.9'], role: 'client', service_port: 443 },
  before_ms: 1000,
  during_ms: 1000,
  max_bytes: 1e6,
  cooldown_ms: 0,
});

let offset = 0;
const record = (type: string, data: unknown): StreamRecord => ({
  topic: 'captures',
  partition: 0,
  offset: offset++,
  appendedAtMs: 1000,
  event: createCloudEvent({ id: String(offset), source: '/t', type, timeMs: 1000, partitionkey: 'k', data }),
});

function setUp(recorder: 'works' | 'none' = 'works') {
  const asked: string[] = [];
  const published: Capture[] = [];
  const works: FlightRecorder = {
    freeze: () => {},
    secondsHeld: () => 0,
    recovered: async (wanted) =>
      wanted.id === 'kept'
        ? { ...failedCapture(wanted), phase: 'complete', file: '/kept.pcapng' }
        : undefined,
    capture: async (wanted, onPhase) => {
      asked.push(wanted.id);
      onPhase({ ...failedCapture(wanted), phase: 'following', reason: null });
      return failedCapture(wanted);
    },
  };
  const stage = createCaptureStage({
    node: 'n1',
    recorder: recorder === 'works' ? works : undefined,
    unavailable: 'eBPF cannot run here',
    producer: {
      append: async (_topic, events: readonly CloudEvent[]) => {
        published.push(...events.map((event) => event.data as Capture));
      },
    },
    nowMs: () => 2000,
    onError: (error) => {
      throw error;
    },
  });
  return { stage, asked, published };
}

function failedCapture(wanted: CaptureRequest): Capture {
  const { id, alert, node, selector } = wanted;
  const counts = { bytes: 0, packets_before: 0, packets_after: 0, seconds_held: 0 };
  const none = { file: null, sha256: null, first_packet_ms: null, last_packet_ms: null, summary: null };
  return { id, alert, node, selector, phase: 'failed', reason: 'x', truncated: false, ...counts, ...none };
}

const stored = (changes: Iterable<{ key: string; value: Uint8Array | null }>) =>
  [...changes].flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]));

describe('createCaptureStage', () => {
  it('starts a capture once, and only when its request is durable', () => {
    const { stage, asked } = setUp();
    stage.process(record(captureRequestedType, request('a')));
    stage.process(record(captureRequestedType, request('a')));
    stage.process(record(captureRequestedType, request('b', 'another-node')));
    expect(asked).toEqual([]);
    stage.committed?.();
    stage.committed?.();
    expect(asked).toEqual(['a']);
  });

  it('tells as failed, once, what a restart interrupted', async () => {
    const before = setUp();
    before.stage.process(record(captureRequestedType, request('a')));
    before.stage.process(record(captureRequestedType, request('done')));
    before.stage.process(record(captureType, failedCapture(request('done'))));
    const after = setUp();
    after.stage.restore(stored(before.stage.drainState()));
    after.stage.committed?.();
    after.stage.committed?.();
    await expect.poll(() => after.published).toHaveLength(1);
    expect(after.published).toMatchObject([
      { id: 'a', phase: 'failed', reason: expect.stringContaining('restarted') as string },
    ]);
    expect(after.asked).toEqual([]);
  });

  it('tells as complete what the recorder kept of it on disk', async () => {
    const before = setUp();
    before.stage.process(record(captureRequestedType, request('kept')));
    const after = setUp();
    after.stage.restore(stored(before.stage.drainState()));
    after.stage.committed?.();
    await expect.poll(() => after.published).toHaveLength(1);
    expect(after.published).toMatchObject([{ id: 'kept', phase: 'complete', file: '/kept.pcapng' }]);
  });

  it('refuses with the reason where there is no flight recorder', () => {
    const { stage, published } = setUp('none');
    stage.process(record(captureRequestedType, request('a')));
    stage.committed?.();
    expect(published).toMatchObject([{ id: 'a', phase: 'refused', reason: 'eBPF cannot run here' }]);
  });

  it.each([
    ['127.0.0.1', false],
    ['::1', false],
    ['::ffff:127.0.0.53', false],
    ['203.0.113.9', true],
  ])('does not promise packets of loopback, which is not recorded (%s)', (ip, recorded) => {
    const { stage, asked, published } = setUp();
    const { selector, ...rest } = request('a');
    stage.process(record(captureRequestedType, { ...rest, selector: { ...selector, peer_ips: [ip] } }));
    stage.committed?.();
    expect(asked).toEqual(recorded ? ['a'] : []);
    expect(published[0]?.phase).toBe(recorded ? 'following' : 'refused');
  });

  it('sends a malformed request to the dead letters', () => {
    const { stage } = setUp();
    expect(() => stage.process(record(captureRequestedType, { id: 1 }))).toThrow(
      'io.saccade.capture.requested.v1',
    );
  });
});
