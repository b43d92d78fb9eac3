/** Value against band of one alert, ready to be drawn. Times in ms since the epoch. */
export interface ChartData {
  /** `Retransmit ratio, checkout to payments:443`. */
  readonly title: string;
  /** `8.6 % within 200 ms at worst, normally up to 0.2 %`. */
  readonly subtitle: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** null: nothing was seen there. */
  readonly points: readonly (readonly [atMs: number, value: number | null])[];
  /** What convinced, at the moments of the judge. */
  readonly judged: readonly (readonly [atMs: number, value: number])[];
  /** What was normal; each holds until the next, the first also before it. */
  readonly band: readonly BandStep[];
  readonly marks: readonly ChartMark[];
  /** A value for the axis, with its unit. */
  readonly formatTick: (value: number) => string;
}

export interface BandStep {
  readonly atMs: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface ChartMark {
  readonly atMs: number;
  readonly label: string;
  readonly tone: 'pending' | 'notice' | 'page' | 'ended';
}
