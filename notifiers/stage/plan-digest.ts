import { isActive } from '../content/alert-view.ts';
import { describeDigest, describeDigestNews } from '../content/describe-digest.ts';
import { shortHash } from '../group-key.ts';
import { budgetWindowMs } from './brake.ts';
import { enqueue } from './enqueue.ts';
import type { DigestEntry, GroupEntry, OutboxJob } from './entries.ts';
import { digestIntervalMs, limits } from './limits.ts';
import type { Turn } from './turn.ts';
import { viewsOf } from './views.ts';

/** A group that the brake held back is told in the receiver's digest. */
export function joinDigest(turn: Turn, group: GroupEntry): void {
  const entry = turn.state.receiver(group.receiver, turn.nowMs);
  const digest = entry.digest ?? newDigest(turn, group);
  const full = digest.groups.length >= limits.groupsPerDigest;
  const joined = full
    ? { ...digest, more: digest.more + 1 }
    : { ...digest, groups: [...digest.groups, group.id] };
  turn.state.receivers.set(group.receiver, { ...entry, digest: joined });
  planDigest(turn, group.receiver);
}

function newDigest(turn: Turn, group: GroupEntry): DigestEntry {
  const id = shortHash('digest', group.receiver, group.id);
  const fresh = { receipt: null, groups: [], more: 0, ended: 0, toldContent: '', toldPage: false, serial: 0 };
  return { ...fresh, id, rootJob: `${id}/root`, startedMs: turn.nowMs, lastEditMs: turn.nowMs };
}

/** Posts the digest, then keeps it current; forgets it when its window is over and all in it has ended. */
export function planDigest(turn: Turn, receiver: string): void {
  const entry = turn.state.receivers.get(receiver);
  if (!entry?.digest) return;
  const { digest } = entry;
  const views = digest.groups.flatMap((id) => {
    const group = turn.state.group(id);
    return group ? viewsOf(turn, group) : [];
  });
  const active = views.filter(({ transition }) => isActive(transition));
  if (active.length === 0 && views.length === 0) {
    turn.state.receivers.set(receiver, { ...entry, digest: null });
    return;
  }
  const content = describeDigest(views, digest.more);
  const text = JSON.stringify(content);
  const first = digest.toldContent === '';
  const over = active.length === 0 && turn.nowMs >= digest.startedMs + budgetWindowMs(turn, receiver);
  const due = first || active.length === 0 || turn.nowMs >= digest.lastEditMs + digestIntervalMs;
  const edit = text !== digest.toldContent && due;
  const paged = content.tone === 'page' && !digest.toldPage;
  const serial = queue(turn, receiver, digest, { content, first, edit, paged });
  const next = { ...digest, serial, toldPage: digest.toldPage || content.tone === 'page' };
  const told = edit ? { ...next, toldContent: text, lastEditMs: turn.nowMs } : next;
  turn.state.receivers.set(receiver, { ...entry, digest: over ? null : told });
}

interface DigestPlan {
  readonly content: ReturnType<typeof describeDigest>;
  readonly first: boolean;
  readonly edit: boolean;
  readonly paged: boolean;
}

function queue(turn: Turn, receiver: string, digest: DigestEntry, plan: DigestPlan): number {
  const { content, first, edit, paged } = plan;
  const common = {
    receiver,
    group: `digest ${digest.id}`,
    groupId: digest.id,
    purpose: 'digest' as const,
    alerts: [] as OutboxJob['alerts'],
    root: digest.receipt,
    causeMs: turn.nowMs,
  };
  let { serial } = digest;
  if (first) enqueue(turn, { ...common, id: digest.rootJob, operation: 'post', content });
  else if (edit)
    enqueue(turn, { ...common, id: `${digest.id}/${(serial += 1)}`, operation: 'edit', content });
  if (paged && !first) {
    const id = `${digest.id}/${(serial += 1)}`;
    enqueue(turn, {
      ...common,
      id,
      operation: 'reply',
      content: describeDigestNews(content),
      broadcast: true,
    });
  }
  return serial;
}
