import { describe, expect, it } from 'vitest';
import type { CaptureSelector } from '../stream/events/capture.ts';
import { FreezeQueue } from './freeze-queue.ts';
import { ManualClock } from './testing/manual-clock.ts';

const selectorOf = (port: number): CaptureSelector => ({
  subject: { cluster: 'c', node: 'n', namespace: 'n', workload: 'netns/checkout', netns_cookie: '7' },
  peer: { kind: 'external', name: 'payments', ip: '192.0.2.2' },
  peer_ips: ['192.0.2.2'],
  role: 'client',
  service_port: port,
});

function setUp() {
  const clock = new ManualClock();
  const frozen: number[] = [];
  return { clock, frozen, queue: new FreezeQueue(clock, ({ service_port: port }) => void frozen.push(port)) };
}

describe('FreezeQueue', () => {
  it('lets others go first, then freezes one at a time, each selector once', () => {
    const { clock, frozen, queue } = setUp();
    for (const port of [1, 2, 1, 3, 2]) queue.add(selectorOf(port));
    expect(frozen).toEqual([]);
    clock.advance(200);
    expect(frozen).toEqual([1]);
    queue.add(selectorOf(1));
    clock.advance(1_000);
    expect(frozen).toEqual([1, 2, 3, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes a bounded number and counts the rest', () => {
    const { clock, frozen, queue } = setUp();
    for (let port = 0; port < 100; port++) queue.add(selectorOf(port));
    expect(queue.counts()).toEqual({ waiting: 64, refused: 36 });
    clock.advance(60_000);
    expect(frozen).toHaveLength(64);
  });

  it('forgets what waits when it is stopped', () => {
    const { clock, frozen, queue } = setUp();
    queue.add(selectorOf(1));
    queue.stop();
    clock.advance(1_000);
    expect(frozen).toEqual([]);
  });
});
