import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { OutboxSender, SenderOptions } from './outbox/outbox-sender.ts';

export interface NotifyMetrics {
  readonly onPhase: NonNullable<SenderOptions['onPhase']>;
}

/** The notifiers' metrics. Labels are bounded: configured receivers, phases, purposes, fixed reasons. */
export function createNotifyMetrics(
  registry: Registry,
  sender: () => OutboxSender | undefined,
): NotifyMetrics {
  const registers = [registry];
  const phases = new Counter({
    name: 'saccade_notifications_total',
    help: 'Phases that messages went through.',
    labelNames: ['receiver', 'kind', 'purpose', 'phase'],
    registers,
  });
  const delay = new Histogram({
    name: 'saccade_notification_delay_seconds',
    help: 'From the event time of what is told to the answer of the receiver.',
    labelNames: ['receiver', 'purpose'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    registers,
  });
  gaugeOf(registry, 'saccade_receiver_ready', '0: the receiver refuses messages.', sender, ({ ready }) =>
    Number(ready),
  );
  gaugeOf(registry, 'saccade_outbox_messages', 'Messages that wait.', sender, ({ waiting }) => waiting);
  gaugeOf(
    registry,
    'saccade_outbox_oldest_seconds',
    'Age of the oldest that waits.',
    sender,
    (one) => one.oldestWaitMs / 1_000,
  );
  return {
    onPhase: (job, { phase, atMs }) => {
      phases.inc({ receiver: job.receiver, kind: job.kind, purpose: job.purpose, phase });
      if (phase === 'sent')
        delay.observe(
          { receiver: job.receiver, purpose: job.purpose },
          Math.max(0, atMs - job.causeMs) / 1_000,
        );
    },
  };
}

function gaugeOf(
  registry: Registry,
  name: string,
  help: string,
  sender: () => OutboxSender | undefined,
  value: (health: ReturnType<OutboxSender['health']>[number]) => number,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['receiver'],
    registers: [registry],
    collect() {
      for (const health of sender()?.health() ?? []) this.set({ receiver: health.name }, value(health));
    },
  });
}
