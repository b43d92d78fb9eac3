import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../stream/cloud-event.ts';
import { captureRequestSchema, captureRequestedType, captureSchema } from '../stream/events/capture.ts';
import { tickType } from '../stream/events/control.ts';
import { transitionSchema, transitionType, type Transition } from '../stream/events/transition.ts';
import type { Output, Stage, StreamRecord } from '../stream/port.ts';
import { createRespondStage } from './respond.ts';
import { startMs, storeChanges } from './testing/signal-script.ts';

const capture = { before_ms: 10_000, during_ms: 20_000, max_bytes: 2e7, cooldown_ms: 900_000 };

const verdict: Omit<NonNullable<Transition['baseline']>, 'score'> = {
  method: 'rate',
  expected: null,
  lower: null,
  upper: null,
  samples: 0,
  age_ms: 0,
  learned: false,
  why: '',
  guards: [],
};

function transition(changes: Partial<Transition> = {}): Transition {
  return transitionSchema.parse({
    fingerprint: 'f1',
    episode: 1,
    seq: 1,
    rule_id: 'tcp-retransmit-spike',
    alert: 'RetransmitSpike',
    signal: 'tcp.retransmits',
    measure: 'retransmit_ratio',
    state: 'firing',
    level: 'page',
    previous: null,
    update: false,
    at_ms: startMs,
    started_at_ms: startMs,
    fired_at_ms: startMs,
    key: {},
    subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'netns/checkout' },
    peer: { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' },
    role: 'client',
    service_port: 443,
    value: 0.1,
    window_ms: 1_000,
    worst_value: 0.1,
    fields: {},
    baseline: null,
    labels: {},
    annotations: { summary: 'checkout → api' },
    evidence: {
      sockets: ['203.0.113.10:443', '[2001:db8::9]:443', '[::ffff:203.0.113.9]:443'].map((remote) => ({
        local: '192.0.2.1:50000',
        remote,
        state: 'ESTABLISHED',
      })),
    },
    actions: [{ capture }],
    dry_run: false,
    reason: '',
    ...changes,
  } satisfies Transition);
}

let offset = 0;
function send(stage: Stage, type: string, data: unknown, timeMs: number): readonly Output[] {
  const event = createCloudEvent({
    id: `${++offset}`,
    source: '/test',
    type,
    timeMs,
    partitionkey: 'k',
    data,
  });
  const record: StreamRecord = { topic: 'alerts', partition: 0, offset, appendedAtMs: timeMs, event };
  return stage.process(record);
}
const tell = (stage: Stage, changes: Partial<Transition> = {}) =>
  send(stage, transitionType, transition(changes), changes.at_ms ?? startMs);

describe('respond', () => {
  it('asks the alert’s node for the packets of its subject and every address of its peer', () => {
    const [output] = tell(createRespondStage());
    expect(output?.topic).toBe('captures');
    expect(output?.event.type).toBe(captureRequestedType);
    expect(captureRequestSchema.parse(output?.event.data)).toMatchObject({
      id: 'f1-1-1',
      alert: { fingerprint: 'f1', episode: 1, summary: 'checkout → api' },
      node: 'n1',
      selector: {
        peer_ips: ['203.0.113.9', '203.0.113.10', '2001:db8::9'],
        role: 'client',
        service_port: 443,
      },
      ...capture,
    });
  });

  it('asks the nodes of the other end, too, for the same flow as it is seen there', () => {
    const peer: Transition['peer'] = {
      kind: 'service',
      name: 'service/payments.shop',
      workload: 'deployment/payments.shop',
      namespace: 'shop',
      target_port: 8080,
      nodes: ['n1', 'n2'],
      ip: '10.0.0.7',
    };
    const requests = tell(createRespondStage(), { peer, service_port: 80 }).map(({ event }) =>
      captureRequestSchema.parse(event.data),
    );
    expect(requests.map(({ id, node, alert }) => [id, node, alert?.fingerprint])).toEqual([
      ['f1-1-1', 'n1', 'f1'],
      ['f1-1-1-far', 'n2', 'f1'],
    ]);
    expect(requests[1]?.selector).toEqual({
      subject: { cluster: 'c1', node: 'n2', namespace: 'shop', workload: 'deployment/payments' },
      peer: {
        kind: 'workload',
        name: 'netns/checkout.shop',
        workload: 'netns/checkout.shop',
        namespace: 'shop',
        ip: '192.0.2.1',
      },
      peer_ips: ['192.0.2.1'],
      role: 'server',
      service_port: 8080,
    });
    // A server sees of a client’s far end neither its port nor its Service.
    expect(tell(createRespondStage(), { peer, role: 'server' })).toHaveLength(1);
  });

  it('lets a page go before a notice, and the worse of two before the other', () => {
    const urgencyOf = (level: Transition['level'], score: number | null) => {
      const baseline = { ...verdict, score };
      const [output] = tell(createRespondStage(), { level, baseline });
      return captureRequestSchema.parse(output?.event.data).urgency ?? NaN;
    };
    const inOrder = [
      urgencyOf(null, null),
      urgencyOf('notice', 1.1),
      urgencyOf('notice', 40),
      urgencyOf('page', null),
    ];
    expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
    expect(new Set(inOrder).size).toBe(4);
  });

  it('refuses within the cool-down of the same alert, also after a restart, and says so', () => {
    const first = createRespondStage();
    tell(first);
    const store = new Map<string, Uint8Array>();
    storeChanges(store, first.drainState());
    const stage = createRespondStage();
    stage.restore(store);
    const [refused] = tell(stage, { episode: 2, at_ms: startMs + 60_000 });
    expect(captureSchema.parse(refused?.event.data)).toMatchObject({
      id: 'f1-2-1',
      phase: 'refused',
      reason: 'cool-down for another 840 s',
    });
    expect(tell(stage, { fingerprint: 'f2' })[0]?.event.type).toBe(captureRequestedType);
    send(stage, tickType, {}, startMs + 900_000);
    storeChanges(store, stage.drainState());
    expect([...store.keys()]).toEqual(['recent']);
    expect(tell(stage, { episode: 3, at_ms: startMs + 900_000 })[0]?.event.type).toBe(captureRequestedType);
  });

  it('lets a blip that never fired keep no packets from the alert that does, seconds later', () => {
    const stage = createRespondStage();
    const [asked] = tell(stage, { level: null, state: 'pending' });
    expect(asked?.event.data).toMatchObject({ cooldown_ms: 5_000 });
    expect(tell(stage, { at_ms: startMs + 4_000 })[0]?.event.type).not.toBe(captureRequestedType);
    expect(tell(stage, { episode: 2, at_ms: startMs + 5_000 })[0]?.event.data).toMatchObject({
      id: 'f1-2-1',
      cooldown_ms: 900_000,
    });
  });

  it('asks for no more than its rate', () => {
    const stage = createRespondStage({ maxCapturesPerMinute: 2 });
    const types = ['a', 'b', 'c'].map((fingerprint) => tell(stage, { fingerprint })[0]?.event.data);
    expect(types.map((data) => captureSchema.safeParse(data).success)).toEqual([false, false, true]);
  });

  it('leaves transitions without actions, without a peer, and dry runs alone', () => {
    const stage = createRespondStage();
    expect(tell(stage, { actions: [] })).toEqual([]);
    expect(tell(stage, { peer: null })).toEqual([]);
    expect(tell(stage, { dry_run: true })).toEqual([]);
  });
});
