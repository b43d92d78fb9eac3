import type { ConsoleActions } from '../../console/ports.ts';
import { labelsOf } from '../../notifiers/labels.ts';
import { matcherFault } from '../../notifiers/matcher.ts';
import { silenceHolds } from '../../notifiers/silence-holds.ts';
import type { NotifyStage } from '../../notifiers/stage/notify-stage.ts';
import type { ConsoleControl } from '../control.ts';
import { ControlError, type ControlHandlers } from '../http/control-server.ts';

export interface ConsoleActionsOptions {
  readonly control: ConsoleControl &
    Pick<ControlHandlers, 'acknowledge' | 'addSilence' | 'expireSilence' | 'startCapture'>;
  readonly notify: Pick<NotifyStage, 'silences'>;
  readonly maxCaptureBytes: number;
  readonly nowMs: () => number;
}

/** What the console may do, by way of the same control events as the command line. */
export function createConsoleActions(options: ConsoleActionsOptions): ConsoleActions {
  const { control, notify } = options;
  return {
    acknowledge: ({ fingerprint, episode }, by) => control.acknowledge({ fingerprint, episode, by }),
    giveVerdict: (alert, verdict, by) => control.giveVerdict(alert, verdict, by),
    acceptAsNormal: (transition, by) => control.acceptAsNormal(transition, by),
    silences: () => notify.silences(),
    async addSilence(silence) {
      const fault = silence.matchers.map(matcherFault).find((one) => one !== null);
      if (fault !== undefined) throw new ControlError(400, fault ?? '');
      return control.addSilence({ ...silence, matchers: [...silence.matchers] });
    },
    expireSilence: (id, by) => control.expireSilence(id, by),
    silencedBy(transition) {
      const labels = labelsOf(transition);
      const nowMs = options.nowMs();
      return notify
        .silences()
        .filter(({ expired_by: expiredBy, ...silence }) =>
          silenceHolds({ silence, expiredBy }, labels, nowMs),
        )
        .map(({ id }) => id);
    },
    startCapture: (order) => control.startCapture({ ...order, max_bytes: options.maxCaptureBytes }),
    audit: (entry) => control.audit(entry),
  };
}
