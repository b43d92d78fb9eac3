import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { Capture } from '../../stream/events/capture.ts';
import { createBatchEvent, createCaptureEvent } from '../../stream/http/testing/agent-events.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { forwardCaptures } from './forward-captures.ts';

const toRecord = (event: CloudEvent, offset: number): StreamRecord => ({
  topic: 'captures',
  partition: 0,
  offset,
  appendedAtMs: 0,
  event,
});
const { signal } = new AbortController();

describe('forwardCaptures', () => {
  it('tells of a file after it was brought, and of what is before it at once', async () => {
    const log: string[] = [];
    const sender = {
      send: async (records: readonly StreamRecord[]) =>
        void log.push(
          ...records.map(({ event }) => `told ${event.id} ${(event.data as Capture).file ?? '-'}`),
        ),
    };
    const forwarder = forwardCaptures(sender, {
      put: async ({ id, path }) => {
        log.push(`brought ${id} from ${path}`);
        return id === 'a' ? { file: 's3://b/a', reason: null } : { file: null, reason: 'no' };
      },
    });
    const file = { file: '/local', sha256: 'x', bytes: 7 };
    const events = [
      createCaptureEvent('without', 'n1', {}),
      createCaptureEvent('a', 'n1', file),
      createCaptureEvent('b', 'n1', file),
    ];
    await forwarder.send(events.map(toRecord), signal);
    expect(log).toEqual([
      'told without/complete -',
      'brought a from /local',
      'told a/complete s3://b/a',
      'brought b from /local',
      'told b/complete -',
    ]);
  });

  it('tells nothing of a file that could not be brought yet', async () => {
    const told: string[] = [];
    const sender = { send: async () => void told.push('told') };
    const forwarder = forwardCaptures(sender, { put: () => Promise.reject(new Error('stopping')) });
    const event = createCaptureEvent('a', 'n1', { file: '/local', sha256: 'x' });
    await expect(forwarder.send([toRecord(event, 1)], signal)).rejects.toThrow('stopping');
    expect(told).toEqual([]);
    await forwarder.send([toRecord(createBatchEvent('n1', 1), 2)], signal);
    expect(told).toEqual(['told']);
  });
});
