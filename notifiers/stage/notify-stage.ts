import { z } from 'zod';
import { captureSchema, captureType } from '../../stream/events/capture.ts';
import {
  acknowledgedSchema,
  acknowledgedType,
  silenceAddedType,
  silenceExpiredSchema,
  silenceExpiredType,
  silenceSchema,
  tickType,
} from '../../stream/events/control.ts';
import type { Silence } from '../../stream/events/control.ts';
import { alertAnnotatedSchema, alertAnnotatedType } from '../../stream/events/function.ts';
import { digestDueSchema, digestDueType } from '../../stream/events/digest.ts';
import { notificationSchema, notificationType } from '../../stream/events/notification.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { transitionSchema, transitionType } from '../../stream/events/transition.ts';
import type { Output, Stage, StreamRecord } from '../../stream/port.ts';
import { PoisonError } from '../../stream/port.ts';
import type { NotifyConfig } from '../config/notify-config.ts';
import type { OutboxJob, ReceiverEntry } from './entries.ts';
import {
  foldAcknowledged,
  foldCapture,
  foldSilence,
  foldSilenceExpired,
  foldTransition,
} from './fold-alert.ts';
import { foldAnnotated } from './fold-annotated.ts';
import { foldDigestDue } from './fold-digest.ts';
import { foldNotification } from './fold-notification.ts';
import { foldTick } from './fold-tick.ts';
import { NotifyState } from './notify-state.ts';
import type { OutboxView } from './outbox-view.ts';
import { fenceType } from './outbox-view.ts';
import type { Turn } from './turn.ts';

export interface NotifyStageOptions {
  readonly config: NotifyConfig;
  /** Where people open the console: messages link to it. */
  readonly consoleUrl?: string | undefined;
  /** Something was left out or a bound was hit; reasons are a small fixed set, fit for a metric label. */
  readonly onCount?: (reason: string) => void;
}

export interface NotifyStage extends Stage {
  readonly outbox: OutboxView;
  /** Silences that hold or are to come, and those expired within a day. */
  silences(): readonly (Silence & { readonly expired_by: string | null })[];
  receivers(): readonly ReceiverEntry[];
  /** Alerts of a message that fire; undefined: there is no such message (any more). */
  firingOf(groupId: string): readonly Transition[] | undefined;
  /** Records taken since the start: the heartbeat's proof that this end of the pipe moves. */
  processed(): number;
}

type Handler = (turn: Turn, data: unknown) => void;

/** Parses before it acts; what does not parse can never be taken. */
function handler<T>(schema: z.ZodType<T>, act: (turn: Turn, data: T) => void): Handler {
  return (turn, data) => {
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw new PoisonError(z.prettifyError(parsed.error));
    act(turn, parsed.data);
  };
}

const handlers: Readonly<Record<string, Handler>> = {
  [transitionType]: handler(transitionSchema, foldTransition),
  [captureType]: handler(captureSchema, foldCapture),
  [notificationType]: handler(notificationSchema, foldNotification),
  [silenceAddedType]: handler(silenceSchema, foldSilence),
  [silenceExpiredType]: handler(silenceExpiredSchema, foldSilenceExpired),
  [acknowledgedType]: handler(acknowledgedSchema, foldAcknowledged),
  [alertAnnotatedType]: handler(alertAnnotatedSchema, foldAnnotated),
  [digestDueType]: handler(digestDueSchema, foldDigestDue),
  [tickType]: (turn) => foldTick(turn),
};

/**
 * Turns transitions into messages to send: `(record, state) → notifications`. All of its state, the outbox included,
 * is a fold of its three topics, so a crash anywhere loses nothing: what was queued is still queued, what was being
 * sent is known to have been.
 */
export function createNotifyStage(options: NotifyStageOptions): NotifyStage {
  const consoleUrl = options.consoleUrl?.replace(/\/+$/u, '');
  const state = new NotifyState();
  const outbox = createOutboxView(state);
  const count = options.onCount ?? (() => undefined);
  let processed = 0;
  return {
    name: 'notify',
    inputs: ['alerts', 'captures', 'notifications'],
    outbox: outbox.view,
    restore(entries) {
      state.restore(entries);
      outbox.publish();
    },
    process(record: StreamRecord): readonly Output[] {
      const { event } = record;
      processed += 1;
      if (event.type === fenceType) outbox.fold(event.id);
      const handle = handlers[event.type];
      if (handle === undefined) return [];
      const outputs: Output[] = [];
      const nowMs = Date.parse(event.time);
      handle({ state, config: options.config, consoleUrl, nowMs, outputs, count }, event.data);
      return outputs;
    },
    drainState: () => state.drain(),
    tickWithinMs: () => (state.isWaiting() ? 0 : Infinity),
    committed: () => outbox.publish(),
    silences: () =>
      [...state.silences.values()].map(({ silence, expiredBy }) => ({ ...silence, expired_by: expiredBy })),
    receivers: () => [...state.receivers.values()],
    firingOf: (groupId) => firingOf(state, groupId),
    processed: () => processed,
  };
}

function firingOf(state: NotifyState, groupId: string): readonly Transition[] | undefined {
  const group = state.group(groupId);
  if (group === undefined) return undefined;
  return group.members.flatMap((member) => {
    const transition = state.alerts.get(member)?.transition;
    return transition?.state === 'firing' ? [transition] : [];
  });
}

/** Shows the sender only what a commit has made durable. */
function createOutboxView(state: NotifyState) {
  let visible: ReadonlyMap<string, OutboxJob> = new Map();
  let folded: string | null = null;
  let fence: string | null = null;
  const listeners: (() => void)[] = [];
  const view: OutboxView = {
    jobs: () => visible.values(),
    has: (id) => visible.has(id),
    fence: () => fence,
    onChange: (listener) => void listeners.push(listener),
  };
  return {
    view,
    fold: (id: string) => void (folded = id),
    publish: () => {
      const revision = state.jobs.takeTouched();
      if (!revision && fence === folded) return;
      visible = new Map(
        [...state.jobs.values()].sort((a, b) => a.serial - b.serial).map((job) => [job.id, job]),
      );
      fence = folded;
      for (const listener of listeners) listener();
    },
  };
}
