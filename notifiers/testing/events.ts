import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { Capture, CaptureEvent } from '../../stream/events/capture.ts';
import { captureType } from '../../stream/events/capture.ts';
import type { TickEvent } from '../../stream/events/control.ts';
import { tickType } from '../../stream/events/control.ts';
import type { Transition, TransitionEvent } from '../../stream/events/transition.ts';
import { transitionType } from '../../stream/events/transition.ts';

export const startMs = Date.parse('2026-03-01T03:00:00.000Z');

/** A firing notice of checkout → payments:443; a test states what differs. */
export function createTransition(change: Partial<Transition> = {}): Transition {
  return {
    fingerprint: 'fp-checkout',
    episode: 1,
    seq: 2,
    rule_id: 'tcp-retransmit-spike',
    alert: 'RetransmitSpike',
    signal: 'tcp.retransmits',
    measure: 'retransmit_ratio',
    state: 'firing',
    level: 'notice',
    previous: { state: 'pending', level: null },
    update: false,
    at_ms: startMs,
    started_at_ms: startMs - 400,
    fired_at_ms: startMs,
    key: { workload: 'netns/checkout', peer: 'netns/payments', service_port: '443' },
    subject: { cluster: 'c1', node: 'n1', namespace: '', workload: 'netns/checkout' },
    peer: { kind: 'workload', name: 'netns/payments', ip: '192.0.2.7' },
    role: 'client',
    service_port: 443,
    value: 0.063,
    window_ms: 1_000,
    worst_value: 0.08,
    worst_window_ms: 200,
    fields: { data_segments: 590, retransmits: 37, fast: 35, rto: 2, stalled_sockets: 0 },
    baseline: {
      method: 'rate',
      expected: 0.0005,
      lower: 0,
      upper: 0.002,
      score: 4.2,
      samples: 21_000,
      age_ms: 600_000,
      learned: true,
      why: '37 of 590 is far outside of what this path shows.',
      guards: [{ name: 'p', held: true, value: 1e-12, limit: 1e-7, text: 'p 1e-12 < 1e-7' }],
    },
    labels: { team: 'shop' },
    annotations: { runbook_url: 'https://runbooks.example.com/tcp' },
    evidence: {
      sockets: [{ local: '192.0.2.6:51234', remote: '192.0.2.7:443', state: 'ESTABLISHED', cwnd: 2 }],
    },
    actions: [],
    dry_run: false,
    reason: 'when held',
    ...change,
  };
}

/** The other direction of the same path, seen by payments. */
export const createOpposite = (change: Partial<Transition> = {}): Transition =>
  createTransition({
    fingerprint: 'fp-payments',
    subject: { cluster: 'c1', node: 'n1', namespace: '', workload: 'netns/payments' },
    peer: { kind: 'workload', name: 'netns/checkout', ip: '192.0.2.6' },
    role: 'server',
    key: { workload: 'netns/payments', peer: 'netns/checkout', service_port: '443' },
    value: 0.05,
    ...change,
  });

export const transitionEvent = (transition: Transition): TransitionEvent =>
  createCloudEvent({
    id: `${transition.fingerprint}/${transition.episode}/${transition.seq}`,
    source: '/judge',
    type: transitionType,
    timeMs: transition.at_ms,
    partitionkey: transition.fingerprint,
    data: transition,
  });

export const tickEvent = (timeMs: number): TickEvent =>
  createCloudEvent({
    id: `tick/${timeMs}`,
    source: '/host',
    type: tickType,
    timeMs,
    partitionkey: 'tick',
    data: {},
  });

export function captureEvent(timeMs: number, change: Partial<Capture> = {}): CaptureEvent {
  const { subject, peer } = createTransition();
  if (peer === null) throw new Error('the example has a peer');
  const capture: Capture = {
    id: 'cap-1',
    alert: { fingerprint: 'fp-checkout', episode: 1, rule_id: 'tcp-retransmit-spike', summary: '' },
    phase: 'complete',
    reason: null,
    node: 'n1',
    selector: { subject, peer, peer_ips: [peer.ip], role: 'client', service_port: 443 },
    file: '/var/lib/saccade/captures/cap-1.pcapng',
    bytes: 48_000,
    sha256: 'ab'.repeat(32),
    packets_before: 1_200,
    packets_after: 900,
    seconds_held: 10,
    first_packet_ms: startMs - 10_000,
    last_packet_ms: startMs + 20_000,
    truncated: false,
    summary: {
      packets: 2_100,
      bytes: 48_000,
      data_segments: 1_000,
      retransmissions: 60,
      duplicate_acks: 120,
      resets: 0,
      syns: 0,
      syn_retransmissions: 0,
      handshakes_completed: 0,
      zero_windows: 0,
      fins: 0,
      retransmissions_out: 60,
      retransmissions_in: 0,
      flows: 3,
      likely_cause: 'packets towards payments get lost: 60 of 1000 resent, 120 duplicate ACKs',
    },
    ...change,
  };
  return createCloudEvent({
    id: `${capture.id}/${capture.phase}`,
    source: '/nodes/n1',
    type: captureType,
    timeMs,
    partitionkey: capture.id,
    data: capture,
  });
}
