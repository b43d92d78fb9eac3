import type { z } from 'zod';
import type { Capture } from '../../stream/events/capture.ts';
import type { acknowledgedSchema, Silence, silenceExpiredSchema } from '../../stream/events/control.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { PoisonError } from '../../stream/port.ts';
import { groupKeyOf, shortHash } from '../group-key.ts';
import { labelsOf } from '../labels.ts';
import { matcherFault } from '../matcher.ts';
import type { Destination } from '../route.ts';
import { routeAlert } from '../route.ts';
import type { GroupEntry } from './entries.ts';
import { limits } from './limits.ts';
import { planGroup } from './plan-group.ts';
import type { Turn } from './turn.ts';

/** What a step of the pipeline says about a transition. */
type StepResult = { readonly kind: 'pass' } | { readonly kind: 'drop'; readonly reason: string };
type Step = (turn: Turn, transition: Transition) => StepResult;

const pass: StepResult = { kind: 'pass' };
const drop = (reason: string): StepResult => ({ kind: 'drop', reason });

const dropDryRun: Step = (_turn, { dry_run: dryRun }) => (dryRun ? drop('dry_run') : pass);

const dropSeen: Step = ({ state }, { fingerprint, episode, seq }) => {
  const last = state.alerts.get(fingerprint)?.transition;
  if (last === undefined) return pass;
  const seen = episode < last.episode || (episode === last.episode && seq <= last.seq);
  return seen ? drop('seen') : pass;
};

const remember: Step = ({ state }, transition) => {
  const before = state.alerts.get(transition.fingerprint);
  const same = before?.transition.episode === transition.episode;
  // Updates may leave the evidence out; the thread keeps what the episode showed last.
  const evidence = transition.evidence ?? (same ? before.transition.evidence : undefined);
  state.alerts.set(transition.fingerprint, {
    transition: evidence === undefined ? transition : { ...transition, evidence },
    acknowledgedBy: same ? before.acknowledgedBy : null,
    captures: same ? before.captures : [],
  });
  return pass;
};

const routeAndGroup: Step = (turn, transition) => {
  if (transition.state !== 'firing') return pass;
  for (const destination of routeAlert(turn.config.route, labelsOf(transition)))
    joinGroup(turn, destination, transition);
  return pass;
};

/** Silences, acknowledgements, the brake and the outbox are consulted where the difference is computed. */
const planMessages: Step = (turn, { fingerprint }) => {
  for (const group of turn.state.groupsOf(fingerprint)) if (group.closedAtMs === null) planGroup(turn, group);
  return pass;
};

/** The way of a transition through the notify stage. */
const steps: readonly Step[] = [dropDryRun, dropSeen, remember, routeAndGroup, planMessages];

export function foldTransition(turn: Turn, transition: Transition): void {
  for (const step of steps) {
    const result = step(turn, transition);
    if (result.kind === 'pass') continue;
    turn.count(result.reason);
    return;
  }
}

/** Adds an alert to the open message of its group, or opens one. */
function joinGroup(turn: Turn, destination: Destination, transition: Transition): void {
  const key = groupKeyOf(transition, destination.groupBy);
  const { receiver } = destination;
  const open = turn.state.openGroup(receiver, key);
  if (open?.members.includes(transition.fingerprint)) return;
  if (!open && turn.state.groupCount >= limits.groups) return turn.count('groups_full');
  if (open && open.members.length >= limits.membersPerGroup) return turn.count('group_full');
  const group = open ?? newGroup(turn, destination, key, transition);
  turn.state.setGroup({ ...group, members: [...group.members, transition.fingerprint] });
}

function newGroup(turn: Turn, destination: Destination, key: string, transition: Transition): GroupEntry {
  const { receiver, groupIntervalMs, repeatIntervalMs, groupWaitMs } = destination;
  const id = shortHash(receiver, key, transition.fingerprint, String(transition.episode));
  return {
    id,
    receiver,
    key,
    groupIntervalMs,
    repeatIntervalMs,
    members: [],
    waitUntilMs: turn.nowMs + groupWaitMs,
    told: 'nothing',
    rootJob: `${id}/root`,
    receipt: null,
    lost: false,
    toldLevel: null,
    toldMembers: [],
    toldCaptures: [],
    toldMarks: '',
    toldContent: '',
    lastEditMs: turn.nowMs,
    lastLoudMs: turn.nowMs,
    closedAtMs: null,
    dueMs: null,
    serial: 0,
  };
}

/** A capture that ended, well or not, is told in the thread of its alert. */
export function foldCapture(turn: Turn, capture: Capture): void {
  if (capture.alert === null || capture.phase === 'frozen' || capture.phase === 'following') return;
  const entry = turn.state.alerts.get(capture.alert.fingerprint);
  if (entry?.transition.episode !== capture.alert.episode) return turn.count('capture_without_alert');
  if (entry.captures.some(({ id }) => id === capture.id)) return turn.count('seen');
  if (entry.captures.length >= limits.capturesPerAlert) return turn.count('captures_full');
  turn.state.alerts.set(entry.transition.fingerprint, { ...entry, captures: [...entry.captures, capture] });
  for (const group of turn.state.groupsOf(entry.transition.fingerprint)) planGroup(turn, group);
}

export function foldAcknowledged(turn: Turn, acknowledged: z.infer<typeof acknowledgedSchema>): void {
  const entry = turn.state.alerts.get(acknowledged.fingerprint);
  if (entry?.transition.episode !== acknowledged.episode) return turn.count('acknowledged_unknown');
  turn.state.alerts.set(acknowledged.fingerprint, { ...entry, acknowledgedBy: acknowledged.by });
  for (const group of turn.state.groupsOf(acknowledged.fingerprint)) planGroup(turn, group);
}

export function foldSilence(turn: Turn, silence: Silence): void {
  const fault = silence.matchers.map(matcherFault).find((text) => text !== null);
  if (fault) throw new PoisonError(`silence ${silence.id}: ${fault}`);
  const known = turn.state.silences.get(silence.id);
  if (known) return turn.count('seen');
  if (turn.state.silences.size >= limits.silences)
    throw new PoisonError(`more than ${limits.silences} silences`);
  turn.state.silences.set(silence.id, { silence, expiredBy: null });
  planOpenGroups(turn);
}

export function foldSilenceExpired(turn: Turn, expired: z.infer<typeof silenceExpiredSchema>): void {
  const entry = turn.state.silences.get(expired.id);
  if (entry?.expiredBy !== null) return turn.count('silence_unknown');
  turn.state.silences.set(expired.id, { ...entry, expiredBy: expired.by });
  planOpenGroups(turn);
}

function planOpenGroups(turn: Turn): void {
  for (const group of turn.state.groups(({ closedAtMs }) => closedAtMs === null)) planGroup(turn, group);
}
