import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { Notification } from '../../stream/events/notification.ts';
import { notificationType } from '../../stream/events/notification.ts';
import type { Topic } from '../../stream/port.ts';
import type { NotifyConfig } from '../config/notify-config.ts';
import { parseNotifyConfig } from '../config/notify-config.ts';
import type { Delivery, FindResult, Notifier, SendResult } from '../notifier.ts';
import { createOutboxSender } from '../outbox/outbox-sender.ts';
import type { OutboxSender } from '../outbox/outbox-sender.ts';
import type { RetryPolicy } from '../outbox/retry.ts';
import { createNotifyStage } from '../stage/notify-stage.ts';
import type { NotifyStage } from '../stage/notify-stage.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryHost } from './memory-host.ts';

export function configOf(text: string): NotifyConfig {
  const parsed = parseNotifyConfig(text, 'test.yaml');
  if (!parsed.ok) throw new Error(parsed.faults.map(({ message }) => message).join('\n'));
  return parsed.config;
}

/** Takes everything and remembers it; `answers` are given first, in order. */
export class RecordingNotifier implements Notifier {
  readonly kind = 'recording';
  readonly queueKey: string;
  readonly minGapMs = 0;
  readonly deliveries: Delivery[] = [];
  readonly answers: SendResult[] = [];
  found: FindResult = { kind: 'absent' };
  asked = 0;

  constructor(name: string) {
    this.queueKey = name;
  }
  async send(delivery: Delivery): Promise<SendResult> {
    this.deliveries.push(delivery);
    return this.answers.shift() ?? { kind: 'sent', receipt: { ts: String(this.deliveries.length) } };
  }
  async find(): Promise<FindResult> {
    this.asked += 1;
    return this.found;
  }
}

export interface SceneOptions {
  readonly config?: string;
  readonly clock?: ManualClock;
  readonly notifiers?: ReadonlyMap<string, Notifier>;
  readonly policy?: RetryPolicy;
  readonly earlier?: MemoryHost;
}

const oneReceiver = `
route: {receiver: oncall}
receivers:
- {name: oncall, terminal: {}, max_notifications: 10/h}
`;

/** Stage, host, sender and recording receivers under one clock. */
export class Scene {
  readonly clock: ManualClock;
  readonly config: NotifyConfig;
  readonly stage: NotifyStage;
  readonly host: MemoryHost;
  readonly sender: OutboxSender;
  readonly oncall = new RecordingNotifier('oncall');
  readonly terminal = new RecordingNotifier('terminal');
  readonly counts = new Map<string, number>();

  constructor(options: SceneOptions = {}) {
    this.clock = options.clock ?? new ManualClock();
    this.config = configOf(options.config ?? oneReceiver);
    const onCount = (reason: string) => this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    this.stage = createNotifyStage({ config: this.config, onCount });
    this.host = new MemoryHost(this.stage, options.earlier);
    const recording = new Map<string, Notifier>([
      ['oncall', this.oncall],
      ['terminal', this.terminal],
    ]);
    this.sender = createOutboxSender({
      stage: this.stage,
      producer: this.host,
      notifiers: options.notifiers ?? recording,
      clock: this.clock,
      random: () => 0.5,
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    });
  }

  /** Appends and lets the sender do what can be done now. */
  async give(topic: Topic, ...events: readonly CloudEvent[]): Promise<void> {
    this.host.appendNow(topic, events);
    await this.clock.settle();
  }

  /** `receiver purpose operation`, in the order in which it was told. */
  told(notifier: RecordingNotifier = this.oncall): readonly string[] {
    return notifier.deliveries.map(({ purpose, operation }) => `${purpose} ${operation}`);
  }

  phases(): readonly Notification[] {
    return this.host.log
      .filter(({ event }) => event.type === notificationType)
      .map(({ event }) => event.data as Notification);
  }
}

export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const scene = new Scene(options);
  await scene.sender.start();
  await scene.clock.settle();
  return scene;
}
