import type { Subject } from '../../stream/events/observation.ts';
import { otherKey } from './other-key.ts';

/** What all of these are: a part in which they differ is `__other__`, a label in which they differ is left out. */
export function commonSubject(cluster: string, subjects: readonly Subject[]): Subject {
  const [first, ...rest] = subjects;
  const same = (name: 'node' | 'namespace' | 'workload'): string =>
    first && rest.every((other) => other[name] === first[name]) ? first[name] : otherKey;
  const labels = Object.entries(first?.labels ?? {}).filter(([name, value]) =>
    rest.every((other) => other.labels?.[name] === value),
  );
  return {
    cluster,
    node: same('node'),
    namespace: same('namespace'),
    workload: same('workload'),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
  };
}
