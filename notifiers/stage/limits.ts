/** Bounds of the notify stage's state; what is hit is counted by reason. */
export const limits = {
  alerts: 10_000,
  groups: 5_000,
  membersPerGroup: 100,
  jobsPerReceiver: 1_000,
  silences: 1_000,
  groupsPerDigest: 500,
  /** Notes of functions and people on one alert. */
  notesPerAlert: 10,
  capturesPerAlert: 8,
  postedTimes: 1_000,
} as const;

/** So that a chart shows what came after the page as well. */
export const chartAfterMs = 15_000;
/** A capture may finish after its alert: its summary still finds the thread for this long. */
export const lateMs = 15 * 60_000;
/** Ended alerts are remembered so that a repeated transition is recognised. */
export const rememberMs = 24 * 3_600_000;
/** A digest is edited at most this often. */
export const digestIntervalMs = 5_000;
