import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { observationsType, type ObservationBatch, type Protocol } from '../stream/events/observation.ts';
import type { DestinationFilter } from './destination-queries.ts';
import { HistoryScene } from './testing/history-scene.ts';
import { startMs } from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

const minuteMs = 60_000;
let sequence = 0;

/** A contact at a minute of the test. */
async function contact(
  minute: number,
  name: string,
  workload = 'netns/checkout',
  protocol?: Protocol,
): Promise<void> {
  scene.nowMs = startMs + minute * minuteMs;
  const data: ObservationBatch = {
    window: { start: new Date(scene.nowMs - 1_000).toISOString(), ms: 1_000, elapsed_ms: 1_000 },
    candidate: false,
    subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload },
    rows: [
      {
        signal: 'net.destinations',
        role: 'client',
        service_port: 443,
        ...(protocol && { protocol }),
        peer: { kind: 'external', name, ip: '203.0.113.9' },
        fields: { contacts: 2, bytes_sent: 100, bytes_received: 1_000 },
        evidence: {
          sockets: [],
          destinations: [{ name: `api.${name}`, ip: '203.0.113.9', service_port: 443 }],
        },
      },
    ],
  };
  const event = createCloudEvent({
    id: `n1/b/${++sequence}`,
    source: '/clusters/c1/nodes/n1',
    type: observationsType,
    timeMs: scene.nowMs,
    partitionkey: 'c1/shop/netns/checkout',
    data,
  });
  await scene.append('signals', event);
}

const listed = (filter: DestinationFilter = {}) => scene.reader.listDestinations(scene.nowMs, filter);

describe('destinations', () => {
  it('are one row each, from the first contact to the last, with all that went there', async () => {
    await contact(0, 'example.com');
    await contact(2, 'example.com');
    expect(listed()).toEqual([
      {
        cluster: 'c1',
        namespace: 'shop',
        workload: 'netns/checkout',
        name: 'example.com',
        host: 'api.example.com 203.0.113.9',
        servicePort: 443,
        protocol: 'tcp',
        state: 'new',
        firstMs: startMs - 1_000,
        lastMs: startMs + 2 * minuteMs,
        contacts: 4,
        bytesSent: 200,
        bytesReceived: 2_000,
      },
    ]);
  });

  it('are two over TCP and over UDP', async () => {
    await contact(0, 'example.com');
    await contact(1, 'example.com', 'netns/checkout', 'udp');
    await contact(2, 'example.com', 'netns/checkout', 'udp');
    expect(listed().map(({ servicePort, protocol, contacts }) => [servicePort, protocol, contacts])).toEqual([
      [443, 'tcp', 2],
      [443, 'udp', 4],
    ]);
  });

  it('are new, then active, and persistent once they recur over an hour', async () => {
    const state = () => listed({ name: 'example.com' })[0]?.state;
    await contact(0, 'example.com');
    expect(state()).toBe('new');
    scene.nowMs += 11 * minuteMs;
    expect(state()).toBe('active');
    await contact(61, 'example.com');
    expect(state()).toBe('active');
    await contact(75, 'example.com');
    expect(state()).toBe('persistent');
    expect(listed({ state: 'persistent' })).toHaveLength(1);
    expect(listed({ state: 'new' })).toEqual([]);
  });

  it('survive a restart, and are found by workload, name and last contact', async () => {
    await contact(0, 'example.com');
    await contact(30, 'example.org', 'netns/payments');
    await scene.restart();
    expect(listed().map(({ name }) => name)).toEqual(['example.com', 'example.org']);
    expect(listed({ workload: 'netns/payments' }).map(({ name }) => name)).toEqual(['example.org']);
    expect(listed({ name: '.com' }).map(({ name }) => name)).toEqual(['example.com']);
    expect(listed({ sinceMs: startMs + minuteMs }).map(({ name }) => name)).toEqual(['example.org']);
    expect(listed({ limit: 1 })).toHaveLength(1);
  });

  it('are forgotten by age and by number', async () => {
    await scene.restart({ destinations: { ageMs: 60 * minuteMs, maxRows: 2 } });
    for (const [minute, name] of ['a.example', 'b.example', 'c.example'].entries())
      await contact(minute, name);
    await scene.retain();
    expect(listed().map(({ name }) => name)).toEqual(['b.example', 'c.example']);
    scene.nowMs = startMs + 61.5 * minuteMs;
    await scene.retain();
    expect(listed().map(({ name }) => name)).toEqual(['c.example']);
  });
});
