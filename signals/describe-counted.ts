import { formatMeasure } from './format-measure.ts';

/** What an alert with the key `__other__` counts, of a signal and a measure. */
export interface CountedOf {
  readonly signal: string;
  readonly measure: string;
  readonly counted?:
    | {
        readonly count: number;
        readonly worst: readonly {
          readonly key: Readonly<Record<string, string>>;
          readonly value: number | null;
        }[];
      }
    | undefined;
}

/** `workload=netns/checkout peer=netns/p2: 9 %`, the worst first, and how many more there are. None: nothing is counted. */
export function describeCounted({ signal, measure, counted }: CountedOf, maxNamed = 8): readonly string[] {
  const { count = 0, worst = [] } = counted ?? {};
  const named = worst.slice(0, maxNamed).map(({ key, value }) => {
    const names = Object.entries(key).map(([name, text]) => `${name}=${text}`);
    return `${names.join(' ')}: ${formatMeasure(signal, measure, value)}`;
  });
  const more = count - named.length;
  return more > 0 ? [...named, `and ${more} more`] : named;
}
