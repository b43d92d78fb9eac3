import type { Histogram, Registry } from 'prom-client';
import {
  maxSketchBucket,
  sketchBucketUpperBound,
  sketchBucketValue,
  type SketchCounts,
} from '../../signals/sketch.ts';
import type { SketchShape } from './metric-shape.ts';

/** Every tenth bucket of the sketch is a bucket of the histogram (a factor of e apart), so no count is guessed. */
const bucketStep = 10;
const boundaries = Array.from(
  { length: Math.floor(maxSketchBucket / bucketStep) },
  (_, index) => (index + 1) * bucketStep,
);

/** Cumulative counts by bucket of one series. */
export interface SketchSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly counts: SketchCounts;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Registers a histogram whose counts are read at each scrape. prom-client's own takes values one by one, so this is a
 * metric of our own, of which the registry needs name, help, type and `get`. `_sum` is right within the accuracy of
 * the sketch.
 */
export function registerSketchHistogram(
  registry: Registry,
  shape: SketchShape,
  labelNames: readonly string[],
  series: () => Iterable<SketchSeries>,
): void {
  const { name, help } = shape;
  const described = { name, help, type: 'histogram', aggregator: 'sum', labelNames };
  const metric = {
    ...described,
    get: () =>
      Promise.resolve({ ...described, values: [...series()].flatMap((one) => samplesOf(shape, one)) }),
    reset: () => undefined,
  };
  registry.registerMetric(metric as unknown as Histogram);
}

function samplesOf({ name, factor }: SketchShape, { labels, counts }: SketchSeries): readonly Sample[] {
  const entries = [...counts];
  const upTo = (last: number): number =>
    entries.reduce((all, [bucket, count]) => (bucket <= last ? all + count : all), 0);
  const bucket = (le: string, value: number): Sample => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  });
  const sum = entries.reduce((all, [index, count]) => all + count * sketchBucketValue(index) * factor, 0);
  const total = upTo(maxSketchBucket);
  return [
    ...boundaries.map((last) => bucket(boundText(sketchBucketUpperBound(last) * factor), upTo(last))),
    bucket('+Inf', total),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}

/** Six digits: a bound is part of a series' identity, and must not change with the last bit of a calculation. */
function boundText(value: number): string {
  return String(Number(value.toPrecision(6)));
}
