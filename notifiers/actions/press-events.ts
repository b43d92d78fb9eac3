import type { CloudEvent } from '../../stream/cloud-event.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { CaptureRequest } from '../../stream/events/capture.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import { acknowledgedType, baselineAcceptedType, silenceAddedType } from '../../stream/events/control.ts';
import type { Silence } from '../../stream/events/control.ts';
import { alertAnnotatedType } from '../../stream/events/function.ts';
import type { Transition } from '../../stream/events/transition.ts';
import type { Topic } from '../../stream/port.ts';
import { shortHash } from '../group-key.ts';
import type { Press } from './press.ts';

export type TopicEvent = readonly [topic: Topic, event: CloudEvent];

const hourMs = 3_600_000;
/** A silence until the end of an episode ends by itself at last: an episode of a month is no news any more. */
const untilResolvedMs = 30 * 24 * hourMs;
const captureLimits = {
  before_ms: 10_000,
  during_ms: 20_000,
  max_bytes: 20_000_000,
  cooldown_ms: 0,
} as const;

/** The control events of one press for one alert; their ids are deterministic, so a repeat of the press is dropped. */
export function eventsOfPress(press: Press, alert: Transition, nowMs: number): readonly TopicEvent[] {
  const { fingerprint, episode, subject } = alert;
  const id = shortHash(press.id, fingerprint, String(episode));
  const event = (type: string, partitionkey: string, data: unknown, suffix = ''): CloudEvent =>
    createCloudEvent({ id: id + suffix, source: '/notify/actions', type, timeMs: nowMs, partitionkey, data });
  const note = (name: string): TopicEvent => {
    const data = { fingerprint, episode, annotations: { [name]: press.by }, by: press.by };
    return ['alerts', event(alertAnnotatedType, fingerprint, data, '/note')];
  };
  switch (press.action) {
    case 'acknowledge':
      return [['alerts', event(acknowledgedType, fingerprint, { fingerprint, episode, by: press.by })]];
    case 'silence_1h':
    case 'silence_until_resolved':
      return [['alerts', event(silenceAddedType, id, silenceOf(press, alert, id, nowMs))]];
    case 'capture': {
      const request = captureOf(press, alert, id, nowMs);
      return request === undefined
        ? []
        : [['captures', event(captureRequestedType, request.id, request)], note('Packets asked for by')];
    }
    case 'accept_as_normal': {
      // On the key's own partition, where its observations are.
      const partition = `${subject.cluster}/${subject.namespace}/${subject.workload}`;
      const accepted = event(baselineAcceptedType, partition, { fingerprint, by: press.by });
      return [['signals', accepted], note('Accepted as normal by')];
    }
    default:
      return press.action satisfies never;
  }
}

function silenceOf(press: Press, { fingerprint, episode }: Transition, id: string, nowMs: number): Silence {
  const whole = press.action === 'silence_until_resolved';
  return {
    id,
    matchers: [
      { name: 'fingerprint', op: '=', value: fingerprint },
      // The next episode is another trouble.
      ...(whole ? [{ name: 'episode', op: '=', value: String(episode) } as const] : []),
    ],
    starts_at: new Date(nowMs).toISOString(),
    ends_at: new Date(nowMs + (whole ? untilResolvedMs : hourMs)).toISOString(),
    created_by: press.by,
    comment: whole ? 'until it is resolved' : 'for an hour',
  };
}

/** undefined: the alert names no peer to catch. */
function captureOf(press: Press, alert: Transition, id: string, nowMs: number): CaptureRequest | undefined {
  const { fingerprint, episode, rule_id: ruleId, subject, peer, role, service_port: port } = alert;
  if (peer === null || role === null || port === null) return undefined;
  const ips = (alert.evidence?.destinations ?? []).map(({ ip }) => ip);
  return {
    id: `press-${id}`,
    alert: { fingerprint, episode, rule_id: ruleId, summary: alert.annotations['summary'] ?? alert.alert },
    requested_by: press.by,
    requested_at_ms: nowMs,
    node: subject.node,
    selector: {
      subject,
      peer,
      peer_ips: [...new Set([peer.ip, ...ips])].slice(0, 32),
      role,
      service_port: port,
    },
    ...captureLimits,
  };
}
