import type { z } from 'zod';
import type { Capture, LostWay } from '../../stream/events/capture.ts';
import type { acknowledgedSchema, Silence, silenceExpiredSchema } from '../../stream/events/control.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { PoisonError } from '../../stream/port.ts';
import { lostWayByCounters } from '../content/broken-ways.ts';
import { groupKeyOf, pathOf, shortHash } from '../group-key.ts';
import { labelsOf } from '../labels.ts';
import { matcherFault } from '../matcher.ts';
import type { Destination } from '../route.ts';
import { routeAlert } from '../route.ts';
import type { AlertEntry, GroupEntry } from './entries.ts';
import { alertKey } from './entries.ts';
import { limits } from './limits.ts';
import { planGroup } from './plan-group.ts';
import type { Turn } from './turn.ts';

/** What a step of the pipeline says about a transition. */
type StepResult = { readonly kind: 'pass' } | { readonly kind: 'drop'; readonly reason: string };
type Step = (turn: Turn, transition: Transition) => StepResult;

const pass: StepResult = { kind: 'pass' };
const drop = (reason: string): StepResult => ({ kind: 'drop', reason });

const dropDryRun: Step = (_turn, { dry_run: dryRun }) => (dryRun ? drop('dry_run') : pass);

const dropSeen: Step = ({ state }, transition) => {
  const last = state.alerts.get(alertKey(transition))?.transition;
  if (last !== undefined) return transition.seq <= last.seq ? drop('seen') : pass;
  return transition.episode < (state.latest.get(transition.fingerprint) ?? 0) ? drop('seen') : pass;
};

const remember: Step = ({ state }, transition) => {
  const key = alertKey(transition);
  const before = state.alerts.get(key);
  // Updates may leave the evidence out; the thread keeps what the episode showed last.
  const evidence = transition.evidence ?? before?.transition.evidence;
  // At the end the figures are normal again; what the rule said of the trouble is what a reader looks for.
  const annotations = transition.state === 'firing' ? transition.annotations : before?.transition.annotations;
  state.alerts.set(key, {
    transition: {
      ...transition,
      ...(evidence !== undefined && { evidence }),
      ...(annotations !== undefined && { annotations }),
    },
    acknowledgedBy: before?.acknowledgedBy ?? null,
    path: before?.path ?? pathOf(transition),
    captures: before?.captures ?? [],
    lostWay: before?.lostWay ?? lostWayWhile(transition),
    ...(before?.isPeerShut !== undefined && { isPeerShut: before.isPeerShut }),
    ...(before?.notes !== undefined && { notes: before.notes }),
    ...levelsOf(before, transition),
  });
  return pass;
};

/** At the end the counters are normal again and prove nothing. */
const lostWayWhile = (transition: Transition): LostWay | undefined =>
  transition.state === 'firing' ? lostWayByCounters(transition) : undefined;

/** The level now, and those before it: a receiver that knows alerts by their labels must end each. */
function levelsOf(before: AlertEntry | undefined, { level, at_ms }: Transition) {
  const last = before?.lastLevel ?? null;
  const left = before?.leftLevels ?? [];
  if (level === null || level === last) return { lastLevel: last, leftLevels: left };
  const others = left.filter((one) => one.level !== level && one.level !== last);
  return { lastLevel: level, leftLevels: last === null ? others : [...others, { level: last, at_ms }] };
}

/** An episode that ended without a word (its judge lost it) has ended when the next one begins. */
const endEarlier: Step = (turn, transition) => {
  const { fingerprint, episode, at_ms } = transition;
  const latest = turn.state.latest.get(fingerprint);
  if (latest !== undefined && latest >= episode) return pass;
  turn.state.latest.set(fingerprint, episode);
  const entry =
    latest === undefined ? undefined : turn.state.alerts.get(alertKey({ fingerprint, episode: latest }));
  if (entry?.transition.state !== 'firing') return pass;
  const ended = {
    ...entry.transition,
    state: 'expired',
    level: null,
    at_ms,
    reason: 'a new episode began',
  } as const;
  turn.state.alerts.set(alertKey(ended), { ...entry, transition: ended });
  planGroupsOf(turn, alertKey(ended));
  return pass;
};

const routeAndGroup: Step = (turn, transition) => {
  if (transition.state !== 'firing') return pass;
  for (const destination of routeAlert(turn.config.route, labelsOf(transition)))
    joinGroup(turn, destination, transition);
  return pass;
};

/** Silences, acknowledgements, the brake and the outbox are consulted where the difference is computed. */
const planMessages: Step = (turn, transition) => {
  planGroupsOf(turn, alertKey(transition));
  return pass;
};

/** The way of a transition through the notify stage. */
const steps: readonly Step[] = [dropDryRun, dropSeen, endEarlier, remember, routeAndGroup, planMessages];

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
  const key = groupKeyOf(transition, destination.groupBy, turn.state.alerts.get(alertKey(transition))?.path);
  const { receiver } = destination;
  const open = turn.state.openGroup(receiver, key);
  if (open?.members.includes(alertKey(transition))) return;
  if (!open && turn.state.groupCount >= limits.groups) return turn.count('groups_full');
  if (open && open.members.length >= limits.membersPerGroup) return turn.count('group_full');
  const group = open ?? newGroup(turn, destination, key, transition);
  turn.state.setGroup({ ...group, members: [...group.members, alertKey(transition)] });
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

/** What the first packets of a capture that goes on show of the path; of two silent ends that is too early. */
function foldFirstLook(turn: Turn, { alert, summary }: Capture): void {
  const key = alert === null ? '' : alertKey(alert);
  const entry = turn.state.alerts.get(key);
  if (entry === undefined || summary === null) return;
  const lostWay = summary.lost_way === 'silent' ? undefined : summary.lost_way;
  const isPeerShut = summary.peer_shut === true;
  if (lostWay === undefined && !isPeerShut) return;
  turn.state.alerts.set(key, { ...entry, lostWay: lostWay ?? entry.lostWay, isPeerShut });
  planGroupsOf(turn, key);
}

/** A capture that ended, well or not, is told in the thread of its alert. */
export function foldCapture(turn: Turn, capture: Capture): void {
  if (capture.phase === 'following') return foldFirstLook(turn, capture);
  if (capture.alert === null || capture.phase === 'frozen') return;
  const key = alertKey(capture.alert);
  const entry = turn.state.alerts.get(key);
  if (entry === undefined) return turn.count('capture_without_alert');
  if (entry.captures.some(({ id }) => id === capture.id)) return turn.count('seen');
  if (entry.captures.length >= limits.capturesPerAlert) return turn.count('captures_full');
  turn.state.alerts.set(key, { ...entry, captures: [...entry.captures, capture] });
  for (const group of turn.state.groupsOf(key)) planGroup(turn, group);
}

export function foldAcknowledged(turn: Turn, acknowledged: z.infer<typeof acknowledgedSchema>): void {
  const key = alertKey(acknowledged);
  const entry = turn.state.alerts.get(key);
  if (entry === undefined) return turn.count('acknowledged_unknown');
  turn.state.alerts.set(key, { ...entry, acknowledgedBy: acknowledged.by });
  planGroupsOf(turn, key);
}

function planGroupsOf(turn: Turn, alert: string): void {
  for (const group of turn.state.groupsOf(alert)) if (group.closedAtMs === null) planGroup(turn, group);
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
