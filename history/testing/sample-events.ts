import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import type { Capture, CaptureRequest } from '../../stream/events/capture.ts';
import type { Notification } from '../../stream/events/notification.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import { transitionType, type Transition } from '../../stream/events/transition.ts';

/** When every sample happens unless it says otherwise. */
/** A rule that somebody tries over the history: who lost 5 % within a second. */
export const lossyRule = `groups:
  - name: mine
    rules:
      - alert: Lossy
        id: my-lossy
        signal: tcp.retransmits
        by: [namespace, workload, peer]
        measure: retransmit_ratio
        over: [1s]
        when: [measure >= 5%]
        levels: { page: {} }
`;

export const startMs = Date.UTC(2026, 10, 21, 8);

let serial = 0;
export const envelope = (type: string, data: unknown, timeMs = startMs): CloudEvent =>
  createCloudEvent({ id: `id${(serial += 1)}`, source: '/test', type, timeMs, partitionkey: 'k', data });

export const subject = { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' };
const peer = { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' } as const;
export const fingerprint = '3f9a1c02deadbeef';

/** A transition of the sample alert; `at_ms` is the start unless given. */
export function transition(fields: Partial<Transition>): CloudEvent {
  const data: Transition = {
    fingerprint,
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
    at_ms: startMs,
    started_at_ms: startMs,
    fired_at_ms: null,
    key: { workload: subject.workload },
    subject,
    peer,
    role: 'client',
    service_port: 443,
    value: 0.05,
    window_ms: 1000,
    worst_value: 0.05,
    fields: { retransmits: 5, data_segments: 100 },
    baseline: null,
    labels: {},
    annotations: { summary: 'checkout → api' },
    actions: [],
    dry_run: false,
    reason: 'score 3.2',
    ...fields,
  };
  return envelope(transitionType, data);
}

const hourMs = 3_600_000;
/**
 * Five alerts, an hour apart, told apart by the first letter of their fingerprints: the first is of another namespace,
 * the second of another workload, the third never fired, the fourth is of another rule, the last is open.
 */
export const fiveAlerts = (): readonly CloudEvent[] =>
  [0, 1, 2, 3, 4].map((index) =>
    transition({
      fingerprint: `${index}a1c02deadbeef`,
      started_at_ms: startMs + index * hourMs,
      at_ms: startMs + index * hourMs,
      state: index === 2 ? 'cancelled' : index === 4 ? 'firing' : 'resolved',
      level: index === 4 ? 'page' : null,
      ...(index === 3 && { rule_id: 'dns-failures', alert: 'DnsFailures' }),
      subject: {
        ...subject,
        namespace: index === 0 ? 'bank' : 'shop',
        workload: index === 1 ? 'netns/cart' : subject.workload,
      },
    }),
  );

const selector: CaptureRequest['selector'] = {
  subject,
  peer,
  peer_ips: [peer.ip],
  role: 'client',
  service_port: 443,
};
const alert = { fingerprint, episode: 1, rule_id: 'tcp-retransmit-spike', summary: 'checkout → api' };
export const request: CaptureRequest = {
  id: 'cap-1',
  alert,
  requested_by: 'rule',
  requested_at_ms: startMs,
  node: 'n1',
  selector,
  before_ms: 10_000,
  during_ms: 20_000,
  max_bytes: 1e6,
  cooldown_ms: 0,
};
export const capture: Capture = {
  id: 'cap-1',
  alert,
  phase: 'complete',
  reason: null,
  node: 'n1',
  selector,
  file: '/captures/cap-1.pcapng',
  bytes: 4711,
  sha256: 'ab',
  packets_before: 10,
  packets_after: 20,
  seconds_held: 9.5,
  first_packet_ms: startMs - 9500,
  last_packet_ms: startMs,
  truncated: false,
  summary: null,
};
export const notification: Notification = {
  id: 'slack/g/1',
  receiver: 'slack',
  kind: 'slack',
  group: 'g',
  alerts: [{ fingerprint, episode: 1, seq: 2 }],
  purpose: 'firing',
  phase: 'sending',
  attempt: 1,
  at_ms: startMs,
  delay_ms: 300,
  receipt: null,
  reason: null,
  possible_repeat: false,
};

export function observations(
  atMs: number,
  fields: Record<string, number>,
  workload = subject.workload,
): CloudEvent {
  const data: ObservationBatch = {
    window: { start: new Date(atMs).toISOString(), ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { ...subject, workload },
    rows: [{ signal: 'tcp.retransmits', role: 'client', service_port: 443, peer, fields }],
  };
  return envelope(observationsType, data, atMs);
}
