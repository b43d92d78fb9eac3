const secondMs = 1000;
const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400].map(
  (seconds) => seconds * secondMs,
);
const wantedPoints = 600;

/** A step that people can read, so that a window of this length has at most some 600 points. */
export function stepFor(spanMs: number): number {
  return niceSteps.find((step) => spanMs / step <= wantedPoints) ?? 86_400 * secondMs;
}
