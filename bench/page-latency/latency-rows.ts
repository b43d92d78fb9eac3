import type { BenchmarkRow } from '../benchmark.ts';
import { quantile } from '../statistics.ts';
import type { Trial, TrialKind } from './trial.ts';

/** A burst with so many retransmits is to be noticed, whoever else misses it. */
const noticeable = 4;

export interface WatcherFigures {
  readonly cpuSecondsPerMinute: number;
  readonly residentBytes: number;
}

/** One line a watcher and kind of traffic. `captured`: peers whose packets Saccade caught. */
export function latencyRow(
  watcher: string,
  profile: string,
  trials: readonly Trial[],
  use: { readonly quiet: WatcherFigures | undefined; readonly whole: WatcherFigures | undefined },
  captured: ReadonlySet<string> | undefined,
): BenchmarkRow {
  const took = trials.filter((trial) => trial.profile === profile && trial.seconds.has(watcher));
  const of = (kind: TrialKind) => took.filter((trial) => trial.kind === kind);
  const told = (some: readonly Trial[]) => some.filter((trial) => trial.seconds.get(watcher) !== undefined);
  const seconds = told(of('sustained')).map((trial) => trial.seconds.get(watcher) ?? NaN);
  const plain = of('burst').filter((trial) => lossesOf(trial) >= noticeable);
  const fraction = (some: readonly Trial[]) => `${told(some).length}/${some.length}`;
  const alarms = trials.filter(
    (trial) => trial.profile === profile && trial.falseAlarms.includes(watcher),
  ).length;
  return {
    name: `${watcher}, ${profile}`,
    figures: {
      'told 5 %': fraction(of('sustained')),
      'median, s': seconds.length === 0 ? null : quantile(seconds, 0.5),
      'slowest, s': seconds.length === 0 ? null : Math.max(...seconds),
      'bursts told': fraction(of('burst')),
      [`of ≥ ${noticeable} retransmits`]: fraction(plain),
      'and captured': captured
        ? `${plain.filter(({ peer }) => captured.has(peer)).length}/${plain.length}`
        : null,
      'second spikes told': fraction(of('second')),
      'alarms without fault': alarms,
      'CPU s/min quiet': use.quiet?.cpuSecondsPerMinute ?? null,
      whole: use.whole?.cpuSecondsPerMinute ?? null,
      'RSS, MB quiet': megabytes(use.quiet),
      end: megabytes(use.whole),
    },
  };
}

/** Losses that had to be mended. A dropped pure ACK is not sent again, and not all that is sent again was lost. */
export function lossesOf({ dropped, retransmits }: Trial): number {
  return Math.min(dropped, retransmits.resent - retransmits.duplicates);
}

function megabytes(use: WatcherFigures | undefined): number | null {
  return use ? Math.round(use.residentBytes / 1e6) : null;
}
