import type { Capture } from '../../stream/events/capture.ts';
import type { Level } from '../../stream/events/transition.ts';
import type { AlertView } from '../content/alert-view.ts';
import { isActive } from '../content/alert-view.ts';
import { describeCapture } from '../content/describe-capture.ts';
import { describeChart, withChart } from '../content/describe-chart.ts';
import { describeEvidenceReply, describeGroup, marksOf, withEvidence } from '../content/describe-group.ts';
import {
  describeEscalation,
  describeFinish,
  describeMark,
  describeRepeat,
} from '../content/describe-thread.ts';
import type { MessageContent } from '../content/message-content.ts';
import type { DeliveryForm } from '../delivery-form.ts';
import { enqueue, formOf } from './enqueue.ts';
import type { GroupEntry } from './entries.ts';
import { lateMs } from './limits.ts';
import type { Turn } from './turn.ts';
import {
  factsFor,
  highestLevel,
  isTellable,
  marksText,
  memberKey,
  nextSilenceEdgeMs,
  rankOf,
  referencesOf,
} from './views.ts';

/** What is new about a message that was told. */
interface News {
  readonly shown: readonly AlertView[];
  readonly content: MessageContent;
  readonly joined: readonly AlertView[];
  readonly escalatedTo: Level | null;
  /** What there is to say of captures that were not told yet. */
  readonly captures: readonly MessageContent[];
  readonly captureIds: readonly string[];
  readonly newMarks: readonly string[];
  readonly marks: string;
  readonly ended: boolean;
  readonly repeat: boolean;
}

interface Reply {
  readonly content: MessageContent;
  readonly broadcast: boolean;
}

/** Queues edits and replies for a message that exists; closes it when all that it names has ended. */
export function planFollowUp(turn: Turn, group: GroupEntry, views: readonly AlertView[]): void {
  const news = findNews(turn, group, views);
  const closing = news.ended && group.closedAtMs === null;
  const urgent =
    closing || news.joined.length > 0 || news.escalatedTo !== null || news.marks !== group.toldMarks;
  const changed = JSON.stringify(news.content) !== group.toldContent;
  const editDueMs = group.lastEditMs + group.groupIntervalMs;
  const form = formOf(turn, group.receiver);
  const again =
    form.kind === 'state' && group.closedAtMs === null && (news.repeat || isForgotten(turn, group, form));
  // Figures alone are no news for a program: it has the alert.
  const figuresDue = form.kind !== 'state' && turn.nowMs >= editDueMs;
  const edit = again || (changed && (urgent || news.captures.length > 0 || figuresDue));
  const chart = chartOf(turn, group, form, news, closing);
  const replies =
    form.kind === 'letters'
      ? lettersOf(news, closing).map((letter) => illustrated(letter, form, news))
      : [...repliesTo(news, closing), ...chart];
  const serial = queue(turn, group, news, { edit, replies, closing, form });
  const next: GroupEntry = {
    ...group,
    serial,
    toldLevel: news.escalatedTo ?? group.toldLevel,
    toldMembers: [...new Set([...group.toldMembers, ...news.joined.map(memberKey)])],
    toldCaptures: [...group.toldCaptures, ...news.captureIds],
    toldMarks: news.marks,
    toldContent: edit ? JSON.stringify(news.content) : group.toldContent,
    lastEditMs: edit ? turn.nowMs : group.lastEditMs,
    lastLoudMs: news.repeat || replies.some(({ broadcast }) => broadcast) ? turn.nowMs : group.lastLoudMs,
    closedAtMs: closing ? turn.nowMs : group.closedAtMs,
    chartDueMs: chart.length > 0 ? null : (group.chartDueMs ?? null),
    dueMs: null,
  };
  turn.state.setGroup({ ...next, dueMs: dueOf(turn, next, form, changed && !edit) });
}

/** A picture a while after the first message, and one of the whole when all is over. */
function chartOf(
  turn: Turn,
  group: GroupEntry,
  form: DeliveryForm,
  news: News,
  closing: boolean,
): readonly Reply[] {
  const { chartDueMs } = group;
  const due = typeof chartDueMs === 'number' && turn.nowMs >= chartDueMs;
  if (form.kind !== 'thread' || form.charts !== true || !(due || closing)) return [];
  const content = describeChart(news.shown);
  return content === null ? [] : [{ content, broadcast: false }];
}

/** A letter that tells of the alert itself shows its figures. */
const illustrated = (letter: Reply, form: DeliveryForm, news: News): Reply =>
  form.kind === 'letters' && form.charts === true && tellsOfAlert(letter.content)
    ? { ...letter, content: withChart(letter.content, news.shown) }
    : letter;

const tellsOfAlert = ({ tone, file }: MessageContent): boolean => tone !== 'info' && file === null;

/** Is it time to tell a receiver that forgets? */
const isForgotten = (turn: Turn, group: GroupEntry, form: DeliveryForm): boolean =>
  turn.nowMs >= (refreshDueMs(group, form) ?? Infinity);

const refreshDueMs = (group: GroupEntry, form: DeliveryForm): number | null =>
  form.kind === 'state' && form.refreshMs !== null ? group.lastEditMs + form.refreshMs : null;

function findNews(turn: Turn, group: GroupEntry, views: readonly AlertView[]): News {
  const told = new Set(group.toldMembers);
  const open = group.closedAtMs === null;
  const tellable = open ? views.filter(isTellable) : [];
  const shown = views.filter((view) => told.has(memberKey(view)) || tellable.includes(view));
  const level = highestLevel(tellable);
  const active = shown.filter(({ transition }) => isActive(transition));
  const before = new Set(group.toldMarks.split('\n'));
  return {
    shown,
    content: shown.length === 0 ? (JSON.parse(group.toldContent) as MessageContent) : describeGroup(shown),
    joined: tellable.filter((view) => !told.has(memberKey(view))),
    escalatedTo: rankOf(level) > rankOf(group.toldLevel) ? level : null,
    ...capturesToTell(turn, group, shown),
    newMarks: marksOf(active).filter((mark) => !before.has(mark)),
    marks: marksText(shown),
    ended: active.length === 0,
    repeat: tellable.length > 0 && turn.nowMs >= group.lastLoudMs + group.repeatIntervalMs,
  };
}

/** That there are no packets, and why, is said once a message, however many alerts asked for them. */
function capturesToTell(
  { consoleUrl }: Turn,
  group: GroupEntry,
  shown: readonly AlertView[],
): Pick<News, 'captures' | 'captureIds'> {
  const all = shown.flatMap((view) => view.captures);
  const isTold = ({ id }: Capture): boolean => group.toldCaptures.includes(id);
  const said = new Set(all.filter(isTold).map((capture) => JSON.stringify(describeCapture(capture))));
  const fresh = all.filter((capture) => !isTold(capture));
  const captures = fresh.flatMap((capture) => {
    const text = JSON.stringify(describeCapture(capture));
    if (said.has(text)) return [];
    said.add(text);
    const path = `/api/v1/captures/${encodeURIComponent(capture.id)}/file`;
    return [describeCapture(capture, consoleUrl === undefined ? null : consoleUrl + path)];
  });
  return { captures, captureIds: fresh.map(({ id }) => id) };
}

function repliesTo(news: News, closing: boolean): readonly Reply[] {
  const quiet = (content: MessageContent | null): Reply[] =>
    content === null ? [] : [{ content, broadcast: false }];
  const loud = (content: MessageContent): Reply => ({ content, broadcast: true });
  return [
    ...(news.escalatedTo === null ? [] : [loud(describeEscalation(news.shown))]),
    ...news.joined.flatMap((view) => quiet(describeEvidenceReply(view))),
    ...news.newMarks.flatMap((mark) => quiet(describeMark(mark))),
    ...news.captures.flatMap(quiet),
    ...(closing ? quiet(describeFinish(news.shown)) : []),
    ...(news.repeat && news.escalatedTo === null && !closing ? [loud(describeRepeat(news.shown))] : []),
  ];
}

/** News where nothing can be changed: each is a message that stands for itself, and figures are no news. */
function lettersOf(news: News, closing: boolean): readonly Reply[] {
  const letter = (content: MessageContent): Reply => ({ content, broadcast: true });
  const grown = news.escalatedTo !== null || news.joined.length > 0;
  const title = news.escalatedTo === null ? news.content.title : describeEscalation(news.shown).title;
  return [
    ...(grown && !closing ? [letter({ ...withEvidence(news.shown), title })] : []),
    ...news.newMarks.map((mark) => letter(describeMark(mark))),
    ...news.captures.map(letter),
    ...(closing ? [letter(news.content)] : []),
    ...(news.repeat && !grown && !closing ? [letter(describeRepeat(news.shown))] : []),
  ];
}

interface Plan {
  readonly form: DeliveryForm;
  readonly edit: boolean;
  readonly replies: readonly Reply[];
  readonly closing: boolean;
}

/** Returns the group's new serial. */
function queue(turn: Turn, group: GroupEntry, news: News, plan: Plan): number {
  const { form } = plan;
  // A state stands for itself, with or without what went before.
  if (group.lost && form.kind !== 'state') return group.serial;
  const { receiver, key, id: groupId, receipt: root } = group;
  const causeMs = Math.min(turn.nowMs, Math.max(...news.shown.map(({ transition }) => transition.at_ms)));
  const alerts = referencesOf(news.shown);
  const common = { receiver, group: key, groupId, root, alerts, ...factsFor(form, news.shown) };
  let { serial } = group;
  const nextId = () => `${groupId}/${(serial += 1)}`;
  const purpose = plan.closing ? 'resolved' : news.escalatedTo === null ? 'update' : 'escalation';
  if (plan.edit)
    enqueue(turn, { ...common, id: nextId(), operation: 'edit', purpose, content: news.content, causeMs });
  for (const { content, broadcast } of plan.replies)
    enqueue(turn, {
      ...common,
      id: nextId(),
      operation: 'reply',
      purpose: 'thread',
      content,
      broadcast,
      causeMs,
    });
  return serial;
}

function dueOf(turn: Turn, group: GroupEntry, form: DeliveryForm, editWaits: boolean): number | null {
  if (group.closedAtMs !== null) return group.closedAtMs + lateMs;
  const candidates = [
    group.lastLoudMs + group.repeatIntervalMs,
    editWaits && form.kind !== 'state' ? group.lastEditMs + group.groupIntervalMs : null,
    nextSilenceEdgeMs(turn),
    refreshDueMs(group, form),
    group.chartDueMs ?? null,
  ];
  return Math.min(...candidates.filter((ms) => ms !== null));
}
