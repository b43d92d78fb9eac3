import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { captureRequestedType, captureType, type Capture } from '../../stream/events/capture.ts';
import { notificationType, type Notification } from '../../stream/events/notification.ts';
import { observationsType, type ObservationRow, type Subject } from '../../stream/events/observation.ts';
import { transitionType, type BaselineVerdict, type Transition } from '../../stream/events/transition.ts';
import type { Topic } from '../../stream/port.ts';

/** One lossy link and a year of smaller troubles: what a console has to show, as events of the stream. */

let serial = 0;
function event(type: string, data: unknown, timeMs: number): CloudEvent {
  serial += 1;
  return createCloudEvent({ id: `story${serial}`, source: '/story', type, timeMs, partitionkey: 'k', data });
}

export interface Told {
  readonly topic: Topic;
  readonly event: CloudEvent;
}

const subjectOf = (workload: string): Subject => ({
  cluster: 'c1',
  node: 'node-7',
  namespace: 'shop',
  workload,
});
const payments = { kind: 'external', name: 'api.payments.example', ip: '203.0.113.9' } as const;
export const firingFingerprint = '3f9a1c02deadbeef';

const baseline: BaselineVerdict = {
  method: 'rate',
  expected: 0.0004,
  lower: null,
  upper: 0.0021,
  score: 6.4,
  samples: 184_220,
  age_ms: 5 * 86_400_000,
  learned: true,
  why: '38 of 441 segments were sent again (8.6 %); at the rate learned from 184,220 segments over 5 d that happens by chance less than once in 10 million windows.',
  guards: [
    { name: 'chance', held: true, value: 1e-9, limit: 7e-8, text: 'p = 1e-9, allowed 7e-8' },
    { name: 'min_events', held: true, value: 38, limit: 3, text: '38 events, at least 3 needed' },
    { name: 'min_value', held: true, value: 0.086, limit: 0.005, text: '8.6 %, at least 0.5 % matters' },
    {
      name: 'min_ratio',
      held: true,
      value: 41,
      limit: 3,
      text: '41 times the upper normal rate, at least 3',
    },
    { name: 'ceiling', held: true, value: 0.086, limit: 0.05, text: '8.6 % is above 5 %, abnormal anywhere' },
  ],
};

export function transitionOf(
  fields: Partial<Transition> & Pick<Transition, 'at_ms' | 'started_at_ms'>,
): Transition {
  const workload = fields.subject?.workload ?? 'deployment/checkout';
  const peer = fields.peer ?? payments;
  return {
    fingerprint: firingFingerprint,
    episode: 1,
    seq: 1,
    rule_id: 'tcp-retransmit-spike',
    alert: 'RetransmitSpike',
    signal: 'tcp.retransmits',
    measure: 'retransmit_ratio',
    state: 'pending',
    level: null,
    previous: null,
    update: false,
    fired_at_ms: null,
    key: { namespace: 'shop', workload, peer: peer.name, service_port: '443' },
    subject: subjectOf(workload),
    peer,
    role: 'client',
    service_port: 443,
    value: 0.086,
    window_ms: 1000,
    worst_value: 0.124,
    worst_window_ms: 200,
    fields: { retransmits: 38, data_segments: 441 },
    baseline,
    labels: { team: 'payments', layer: 'network' },
    annotations: {
      summary: `${workload} → ${peer.name}: 8.6 % of segments resent, normally up to 0.21 %`,
      runbook_url: 'https://runbooks.example/retransmits',
    },
    actions: [],
    dry_run: false,
    reason: 'retransmit_ratio 8.6 % with score 6.4 over 1 s',
    ...fields,
  };
}

const evidence: NonNullable<Transition['evidence']> = {
  sockets: [
    {
      local: '10.1.2.3:51234',
      remote: '203.0.113.9:443',
      state: 'ESTABLISHED',
      cause: 'fast retransmit',
      cwnd: 2,
      rtt_us: 41_200,
      retransmits: 21,
      pid: 4711,
      comm: 'checkout',
    },
    {
      local: '10.1.2.3:51236',
      remote: '203.0.113.9:443',
      state: 'ESTABLISHED',
      cause: 'time-out',
      cwnd: 1,
      retransmits: 17,
    },
  ],
  lookups: [{ name: 'api.payments.example', type: 'A', outcome: 'NOERROR', count: 3, latency_us: 900 }],
};

/** The alert that fires now: ten minutes of figures, pending, notice, page, a message, a capture. */
export function firingStory(nowMs: number, captureFile: string | null): readonly Told[] {
  const startMs = nowMs - 150_000;
  const tell = (seq: number, afterMs: number, fields: Partial<Transition>): Told => ({
    topic: 'alerts',
    event: event(
      transitionType,
      transitionOf({ seq, at_ms: startMs + afterMs, started_at_ms: startMs, evidence, ...fields }),
      startMs + afterMs,
    ),
  });
  return [
    ...figures(nowMs, startMs),
    tell(1, 0, {}),
    tell(2, 400, { state: 'firing', level: 'notice', fired_at_ms: startMs + 400 }),
    tell(3, 20_400, { state: 'firing', level: 'page', fired_at_ms: startMs + 400, value: 0.124 }),
    tell(4, 60_000, {
      state: 'firing',
      level: 'page',
      fired_at_ms: startMs + 400,
      update: true,
      value: 0.091,
    }),
    { topic: 'notifications', event: event(notificationType, message(startMs), startMs + 1000) },
    ...captureEvents(startMs, captureFile),
  ];
}

function message(startMs: number): Notification {
  return {
    id: 'slack/g/1',
    receiver: 'on-call',
    kind: 'slack',
    group: 'g',
    alerts: [{ fingerprint: firingFingerprint, episode: 1, seq: 2 }],
    purpose: 'firing',
    phase: 'sent',
    attempt: 1,
    at_ms: startMs + 900,
    delay_ms: 480,
    receipt: { channel: 'C042', ts: '1795248000.1' },
    reason: null,
    possible_repeat: false,
  };
}

function captureEvents(startMs: number, file: string | null): readonly Told[] {
  const alert = {
    fingerprint: firingFingerprint,
    episode: 1,
    rule_id: 'tcp-retransmit-spike',
    summary: 'checkout → api.payments.example',
  };
  const selector: Capture['selector'] = {
    subject: subjectOf('deployment/checkout'),
    peer: payments,
    peer_ips: [payments.ip],
    role: 'client',
    service_port: 443,
  };
  const request = {
    id: `${firingFingerprint}-1-1`,
    alert,
    requested_by: 'rule tcp-retransmit-spike',
    requested_at_ms: startMs,
    node: 'node-7',
    selector,
    before_ms: 10_000,
    during_ms: 20_000,
    max_bytes: 2e7,
    cooldown_ms: 900_000,
  };
  const capture: Capture = {
    id: request.id,
    alert,
    phase: 'complete',
    reason: null,
    node: 'node-7',
    selector,
    file,
    bytes: 48_211,
    sha256: 'ab',
    packets_before: 312,
    packets_after: 640,
    seconds_held: 9.8,
    first_packet_ms: startMs - 9800,
    last_packet_ms: startMs + 20_000,
    truncated: false,
    summary: {
      packets: 952,
      bytes: 48_211,
      data_segments: 610,
      retransmissions: 57,
      duplicate_acks: 41,
      resets: 0,
      syns: 4,
      syn_retransmissions: 0,
      handshakes_completed: 4,
      zero_windows: 0,
      fins: 2,
      retransmissions_out: 57,
      retransmissions_in: 0,
      flows: 2,
      likely_cause:
        'Loss on the way to the peer: 57 of 610 segments were sent again, 41 duplicate ACKs ask for them, and nothing is lost on the way back.',
    },
  };
  return [
    { topic: 'captures', event: event(captureRequestedType, request, startMs) },
    { topic: 'captures', event: event(captureType, capture, startMs + 20_000) },
  ];
}

const others = [
  ['deployment/checkout', 'external', 'api.payments.example', 443],
  ['deployment/checkout', 'workload', 'deployment/cart', 8080],
  ['deployment/cart', 'workload', 'statefulset/redis', 6379],
  ['deployment/web', 'workload', 'deployment/checkout', 8080],
  ['deployment/web', 'workload', 'deployment/search', 9200],
  ['deployment/search', 'external', 'index.example.net', 443],
  ['unit/nginx.service', 'workload', 'deployment/web', 8080],
] as const;

/** Ten minutes by the second, of which the last two and a half are lossy on one link. */
function figures(nowMs: number, startMs: number): readonly Told[] {
  const told: Told[] = [];
  for (let atMs = Math.floor((nowMs - 600_000) / 1000) * 1000; atMs < nowMs; atMs += 1000)
    for (const [index, [workload, kind, peer, port]] of others.entries()) {
      const lossy = index === 0 && atMs >= startMs;
      const segments = 200 + ((atMs / 1000 + index * 37) % 90);
      const retransmits = lossy
        ? Math.round(segments * (0.05 + ((atMs / 1000) % 7) / 100))
        : atMs % 13_000 === 0
          ? 1
          : 0;
      const row: ObservationRow = {
        signal: 'tcp.retransmits',
        role: 'client',
        service_port: port,
        peer: { kind, name: peer, ip: '203.0.113.9' },
        fields: {
          data_segments: segments,
          retransmits,
          stalled_sockets: 0,
          loss_episodes: Math.ceil(retransmits / 3),
        },
      };
      const window = { start: new Date(atMs).toISOString(), ms: 1000, elapsed_ms: 1000 };
      const data = { window, candidate: false, subject: subjectOf(workload), rows: [row] };
      told.push({ topic: 'signals', event: event(observationsType, data, atMs) });
    }
  return told;
}

/** Alerts over a year that came and went, of three rules; figures by a fixed sequence, not by chance. */
export function pastStory(nowMs: number, count: number): readonly Told[] {
  let seed = 7;
  const next = (below: number): number => {
    // The minimal standard generator (Park and Miller, 1988).
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const rules = [
    ['tcp-retransmit-spike', 'RetransmitSpike'],
    ['tcp-handshake-stalled', 'HandshakeStalled'],
    ['dns-failures', 'DnsFailures'],
  ] as const;
  return Array.from({ length: count }, (_, index) => {
    const backMs = 3_600_000 + Math.floor((next(1000) / 1000) ** 2 * 360 * 86_400_000);
    const startMs = nowMs - backMs;
    const [ruleId, alert] = rules[next(rules.length)] ?? rules[0];
    const [workload, kind, peer, port] = others[next(others.length)] ?? others[0];
    const page = next(4) === 0;
    const endMs = startMs + 20_000 + next(900_000);
    const data = transitionOf({
      fingerprint: ((index + 1) * 2_654_435_761).toString(16).padEnd(16, '0'),
      rule_id: ruleId,
      alert,
      state: 'resolved',
      at_ms: endMs,
      started_at_ms: startMs,
      fired_at_ms: startMs + 500,
      subject: subjectOf(workload),
      peer: { kind, name: peer, ip: '203.0.113.9' },
      service_port: port,
      dry_run: ruleId === 'dns-failures',
    });
    const fired = { ...data, state: 'firing', level: page ? 'page' : 'notice', at_ms: startMs } as const;
    return [
      { topic: 'alerts', event: event(transitionType, fired, startMs) },
      { topic: 'alerts', event: event(transitionType, { ...data, seq: 2 }, endMs) },
    ] as const;
  }).flat();
}
