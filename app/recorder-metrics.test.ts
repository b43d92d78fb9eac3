import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { RecorderStatus } from '../agent/recorder/flight-recorder.ts';
import { registerRecorderMetrics } from './recorder-metrics.ts';

const status: RecorderStatus = {
  secondsHeld: 12.5,
  programs: {
    packets: 100,
    story: 10,
    packets_over_quota: 3,
    story_over_quota: 2,
    followed: 20,
    follow_lost: 4,
    unreadable: 5,
    no_socket: 6,
  },
  lost: { packets: 7, stories: 8 },
  freezes: { held: 1, bytes: 2, expired: 3, evicted: 4, trimmed: 9 },
  captures: { running: 1, waiting: 0, complete: 2, failed: 0, refused: 3 },
  heldBytes: 11,
  disk: { bytes: 1000, files: 2, pruned: 1, recovered: 0, discarded: 0 },
};

describe('registerRecorderMetrics', () => {
  it('shows how far back it reaches and every kind of loss', async () => {
    const registry = new Registry();
    registerRecorderMetrics(registry, { status: () => status });
    const text = await registry.metrics();
    expect(text).toContain('saccade_recorder_seconds_held 12.5');
    for (const [figure, value] of Object.entries({
      packets_over_quota: 3,
      story_over_quota: 2,
      follow_lost: 4,
      unreadable: 5,
      no_socket: 6,
      packets_overwritten_unread: 7,
      story_overwritten_unread: 8,
    }))
      expect(text).toContain(`saccade_recorder_packets{figure="${figure}"} ${value}\n`);
    expect(text).toContain('saccade_recorder_freezes{figure="trimmed"} 9');
    expect(text).toContain('saccade_recorder_captures{figure="refused"} 3');
    expect(text).toContain('saccade_recorder_captures{figure="held_bytes"} 11');
    expect(text).toContain('saccade_recorder_disk{figure="pruned"} 1');
  });

  it('holds nothing while the recorder does not run', async () => {
    const registry = new Registry();
    registerRecorderMetrics(registry, { status: () => undefined });
    const text = await registry.metrics();
    expect(text).toContain('saccade_recorder_seconds_held 0');
    expect(text).not.toContain('figure=');
  });
});
