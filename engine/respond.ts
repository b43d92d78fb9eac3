import { createCloudEvent } from '../stream/cloud-event.ts';
import {
  captureRequestedType,
  captureType,
  captureWithoutPackets,
  type CaptureRequest,
} from '../stream/events/capture.ts';
import { tickType } from '../stream/events/control.ts';
import {
  transitionType,
  type Level,
  type Transition,
  type TransitionEvent,
} from '../stream/events/transition.ts';
import type { Output, Stage, StateChange } from '../stream/port.ts';
import { createRespondMemory, type RespondMemory } from './respond-memory.ts';
import { selectorOf } from './capture-selector.ts';
import { farEndRequests } from './far-end-request.ts';

export interface RespondOptions {
  /** Captures asked for within any minute, over all alerts; the rest are refused, visibly. */
  readonly maxCapturesPerMinute?: number;
}

const defaultPerMinute = 20;

/**
 * Transitions in, capture requests out: what a rule's actions ask for, within cool-down (by alert) and rate. What is
 * refused is said on the same topic, so that nobody waits for packets that nobody fetches.
 */
export function createRespondStage(options: RespondOptions = {}): Stage {
  const memory = createRespondMemory(options.maxCapturesPerMinute ?? defaultPerMinute);
  return {
    name: 'respond',
    inputs: ['alerts'],
    restore: (entries) => memory.restore(entries),
    process({ event }) {
      if (event.type === tickType) memory.forget(Date.parse(event.time));
      return event.type === transitionType ? respond(memory, (event as TransitionEvent).data) : [];
    },
    drainState: (): Iterable<StateChange> => memory.drain(),
    tickWithinMs: () => Infinity,
  };
}

function respond(memory: RespondMemory, transition: Transition): readonly Output[] {
  if (transition.dry_run) return [];
  return transition.actions.flatMap(({ capture }, index) => {
    const request = requestOf(transition, capture, index);
    if (!request) return [];
    const refused = memory.ask(transition.fingerprint, transition.at_ms, request.cooldown_ms);
    if (refused !== undefined) return [refusal(request, refused)];
    return [request, ...farEndRequests(request, transition.evidence)].map(requested);
  });
}

type CaptureAction = Transition['actions'][number]['capture'];

/** undefined: the alert names no peer to catch. The id is that of the transition: asked again, it is the same. */
function requestOf(transition: Transition, action: CaptureAction, index: number): CaptureRequest | undefined {
  const { fingerprint, episode, seq, rule_id: ruleId, at_ms: atMs } = transition;
  const selector = selectorOf(transition);
  if (!selector) return undefined;
  return {
    id: [fingerprint, episode, seq, ...(index > 0 ? [index] : [])].join('-'),
    alert: {
      fingerprint,
      episode,
      rule_id: ruleId,
      summary: transition.annotations['summary'] ?? transition.alert,
    },
    requested_by: `rule ${ruleId}`,
    requested_at_ms: atMs,
    node: transition.subject.node,
    selector,
    ...action,
    cooldown_ms: cooldownOf(transition, action),
    urgency: urgencyOf(transition),
  };
}

/** Of what is only pending, and may have been nothing: the firing alert of a few seconds later gets packets of its own. */
const pendingCooldownMs = 5_000;

function cooldownOf({ level }: Transition, { cooldown_ms: cooldownMs }: CaptureAction): number {
  return level === null ? Math.min(cooldownMs, pendingCooldownMs) : cooldownMs;
}

const ranks: Readonly<Record<Level, number>> = { notice: 1, page: 2 };

/** A page goes before a notice, and that before what is pending; of one level, what is further from its normal. */
function urgencyOf({ level, baseline }: Transition): number {
  const score = Math.max(0, baseline?.score ?? 0);
  return (level === null ? 0 : ranks[level]) + (Number.isFinite(score) ? score / (1 + score) : 0);
}

function requested(request: CaptureRequest): Output {
  const event = createCloudEvent({
    id: `${request.id}/requested`,
    source: '/respond',
    type: captureRequestedType,
    timeMs: request.requested_at_ms,
    partitionkey: request.id,
    data: request,
  });
  return { topic: 'captures', event };
}

function refusal(request: CaptureRequest, reason: string): Output {
  const { id, requested_at_ms: timeMs } = request;
  const data = captureWithoutPackets(request, 'refused', reason);
  const event = createCloudEvent({
    id: `${id}/refused`,
    source: '/respond',
    type: captureType,
    timeMs,
    partitionkey: id,
    data,
  });
  return { topic: 'captures', event };
}
