import type { MapEdge } from '../../console/reader/traffic-map.ts';
import { formatBytes, formatLatency } from '../../source-text/figures.ts';
import { formatTable } from '../output.ts';

const shares = [
  'tcp.retransmits/retransmit_ratio',
  'tcp.connect_failures/failure_ratio',
  'dns/failure_ratio',
] as const;

/** How badly an edge does: the worst share of what failed or was sent again; undefined: nothing is known. */
function worstShare({ measures }: MapEdge): number | undefined {
  const known = shares.flatMap((name) => measures[name] ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Worst first, then the busiest. */
export function byTrouble(a: MapEdge, b: MapEdge): number {
  return (worstShare(b) ?? 0) - (worstShare(a) ?? 0) || bytesOf(b) - bytesOf(a);
}

export function renderEdges(edges: readonly MapEdge[], windowMs: number): string {
  const seconds = windowMs / 1_000;
  const share = (value: number | undefined): string =>
    value === undefined ? '-' : `${(value * 100).toFixed(2)} %`;
  const rows = edges.map((edge) => {
    const { namespace, workload, peer, role, servicePorts, measures } = edge;
    const rtt = measures['tcp.rtt/min_rtt'];
    return [
      namespace,
      workload,
      role === 'server' ? '←' : '→',
      peer,
      servicePorts.join(','),
      `${formatBytes(bytesOf(edge) / seconds)}/s`,
      share(measures[shares[0]]),
      share(measures[shares[1]] ?? measures[shares[2]]),
      rtt === undefined ? '-' : formatLatency(rtt),
    ];
  });
  return formatTable(
    ['NAMESPACE', 'WORKLOAD', '', 'PEER', 'PORT', 'TRAFFIC', 'RESENT', 'FAILED', 'RTT'],
    rows,
  );
}

function bytesOf({ measures }: MapEdge): number {
  return (measures['tcp.traffic/bytes_sent'] ?? 0) + (measures['tcp.traffic/bytes_received'] ?? 0);
}
