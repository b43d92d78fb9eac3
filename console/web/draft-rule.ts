import type { ExploredView } from '../api/explore-routes.ts';

export interface DraftQuestion {
  readonly signal: string;
  readonly measure: string;
  readonly unit: string;
  readonly workload: string | null;
  readonly peer: string | null;
  readonly lines: ExploredView['lines'];
}

/** A rule that would have told the highest peak in sight, on trial at first; a start to edit, not an answer. */
export function draftRule({ signal, measure, unit, workload, peer, lines }: DraftQuestion): string {
  const values = lines
    .flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])))
    .toSorted((a, b) => a - b);
  const [middle, peak] = [values[Math.floor(values.length / 2)] ?? 0, values.at(-1) ?? 1];
  const limit = literal((middle + peak) / 2, unit);
  const where = [
    'peer.kind != loopback',
    ...(workload === null ? [] : [equals('workload', workload)]),
    ...(peer === null ? [] : [equals('peer', peer)]),
  ];
  const name = measure
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return `groups:
  - name: mine
    rules:
      - alert: ${name}High
        id: my-${measure.replaceAll('_', '-')}-high
        signal: ${signal}
        where:
${where.map((condition) => `          - ${condition}`).join('\n')}
        by: [namespace, workload, peer, service_port]
        measure: ${measure}
        over: [10s]
        when: [measure >= ${limit}]
        levels:
          notice: {}
        clear: { when: [measure < ${limit}], for: 30s }
        annotations:
          summary: '{{ workload }} → {{ peer }}: ${measure} is {{ value }}'
        # On trial: judged, recorded and shown, but nobody is told. Take it out when it is right.
        dry_run: true
`;
}

/** The short form where the name is plain, else the one that can hold any text. */
function equals(fact: string, value: string): string {
  if (/^[A-Za-z][\w./-]*$/.test(value)) return `${fact} == ${value}`;
  return `{ fact: ${fact}, operator: equal, value: ${JSON.stringify(value)} }`;
}

/** As rules write figures: ratios in percent, times with their unit. */
function literal(value: number, unit: string): string {
  if (unit === 'ratio') return `${Number((value * 100).toPrecision(2))}%`;
  if (unit === 'us') return `${Number((value / 1000).toPrecision(2))}ms`;
  if (unit === 'ms') return `${Number(value.toPrecision(2))}ms`;
  return String(Number(value.toPrecision(3)));
}
