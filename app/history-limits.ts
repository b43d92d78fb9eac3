import { defaultHistoryLimits, type HistoryLimits } from '../history/retention.ts';
import type { Config } from './config/schema.ts';

/** Two thirds of the room for rows of a second, one third for those of a minute. */
export function historyLimits(config: Config): HistoryLimits {
  const { observations_1s, observations_1m, alerts, max_bytes } = config.history;
  return {
    ...defaultHistoryLimits,
    observations: {
      secondsAgeMs: observations_1s,
      minutesAgeMs: observations_1m,
      secondsMaxBytes: Math.round((max_bytes * 2) / 3),
      minutesMaxBytes: Math.round(max_bytes / 3),
    },
    events: { ...defaultHistoryLimits.events, alertsAgeMs: alerts },
  };
}
