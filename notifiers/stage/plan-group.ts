import type { AlertView } from '../content/alert-view.ts';
import { isActive } from '../content/alert-view.ts';
import { withChart } from '../content/describe-chart.ts';
import { describeEvidenceReply, describeGroup, withEvidence } from '../content/describe-group.ts';
import type { MessageContent } from '../content/message-content.ts';
import type { DeliveryForm } from '../delivery-form.ts';
import { takeFromBudget } from './brake.ts';
import { enqueue, formOf } from './enqueue.ts';
import type { GroupEntry } from './entries.ts';
import { chartAfterMs, lateMs } from './limits.ts';
import { planFollowUp } from './plan-follow-up.ts';
import { joinDigest, planDigest } from './plan-digest.ts';
import type { Turn } from './turn.ts';
import {
  factsFor,
  highestLevel,
  isTellable,
  marksText,
  memberKey,
  nextSilenceEdgeMs,
  referencesOf,
  viewsOf,
} from './views.ts';

/**
 * Compares what a message should say now with what it was told to say, and queues the difference. The one place that
 * decides on telling; it is called for every change that touches a group and when its `dueMs` has come, so a silence
 * that ends or a wait that is over needs no code of its own.
 */
export function planGroup(turn: Turn, group: GroupEntry): void {
  const views = viewsOf(turn, group);
  switch (group.told) {
    case 'nothing':
      return planFirst(turn, group, views);
    case 'message':
      return planFollowUp(turn, group, views);
    case 'digest':
      return planHeldBack(turn, group, views);
    default:
      return group.told satisfies never;
  }
}

function planFirst(turn: Turn, group: GroupEntry, views: readonly AlertView[]): void {
  const tellable = views.filter(isTellable);
  if (!views.some(({ transition }) => isActive(transition))) {
    turn.count('ended_before_told');
    turn.state.deleteGroup(group);
  } else if (tellable.length === 0) {
    turn.count('suppressed');
    turn.state.setGroup({ ...group, dueMs: nextSilenceEdgeMs(turn) });
  } else if (turn.nowMs < group.waitUntilMs) {
    turn.state.setGroup({ ...group, dueMs: group.waitUntilMs });
  } else if (takeFromBudget(turn, group.receiver)) {
    postFirst(turn, group, tellable);
  } else {
    turn.state.setGroup({ ...group, told: 'digest', dueMs: null });
    joinDigest(turn, group);
  }
}

function postFirst(turn: Turn, group: GroupEntry, tellable: readonly AlertView[]): void {
  const form = formOf(turn, group.receiver);
  const content = firstContent(form, tellable);
  const common = {
    receiver: group.receiver,
    group: group.key,
    groupId: group.id,
    alerts: referencesOf(tellable),
    root: null,
    causeMs: Math.max(...tellable.map(({ transition }) => transition.at_ms)),
  };
  enqueue(turn, {
    ...common,
    id: group.rootJob,
    operation: 'post',
    purpose: 'firing',
    content,
    ...factsFor(form, tellable),
  });
  let { serial } = group;
  for (const view of form.kind === 'thread' ? tellable : []) {
    const evidence = describeEvidenceReply(view);
    if (evidence === null) continue;
    serial += 1;
    const id = `${group.id}/${serial}`;
    enqueue(turn, { ...common, id, operation: 'reply', purpose: 'thread', content: evidence });
  }
  turn.state.setGroup({
    ...group,
    told: 'message',
    toldLevel: highestLevel(tellable),
    toldMembers: tellable.map(memberKey),
    toldMarks: marksText(tellable),
    toldContent: JSON.stringify(describeGroup(tellable)),
    lastEditMs: turn.nowMs,
    lastLoudMs: turn.nowMs,
    chartDueMs: form.kind === 'thread' && form.charts === true ? turn.nowMs + chartAfterMs : null,
    serial,
    // Captures that were finished before the first message and silence edges are looked at by the next tick.
    dueMs: turn.nowMs,
  });
}

function firstContent(form: DeliveryForm, tellable: readonly AlertView[]): MessageContent {
  if (form.kind === 'thread') return describeGroup(tellable);
  const whole = withEvidence(tellable);
  return form.kind === 'letters' && form.charts === true ? withChart(whole, tellable) : whole;
}

function planHeldBack(turn: Turn, group: GroupEntry, views: readonly AlertView[]): void {
  const ended = !views.some(({ transition }) => isActive(transition));
  if (ended && group.closedAtMs === null)
    turn.state.setGroup({ ...group, closedAtMs: turn.nowMs, dueMs: turn.nowMs + lateMs });
  planDigest(turn, group.receiver);
}
