import type { EdgeView } from '../api/explore-routes.ts';

/**
 * Names under which a client knows a workload that is watched as well: by its domain or the address of its service. The
 * two ends tell of one connection in two ways: `checkout → payments.example:443` and `payments ← checkout:443`. They are
 * taken for one where nothing else fits: one such name of that client on that port, and one such server.
 */
export function aliasesOf(edges: readonly EdgeView[]): ReadonlyMap<string, string> {
  const watched = new Set(edges.map(({ workload }) => workload));
  const named = edges.filter(({ role, peer }) => role === 'client' && !watched.has(peer));
  const known = new Set(
    edges.filter(({ role }) => role === 'client').map(({ workload, peer }) => `${workload} → ${peer}`),
  );
  const serving = edges.filter(
    ({ role, workload, peer }) =>
      role === 'server' && watched.has(peer) && !known.has(`${peer} → ${workload}`),
  );
  const found = new Map<string, string | null>();
  for (const edge of named) {
    const servers = serving.filter((one) => one.peer === edge.workload && sharePort(one, edge));
    const [server] = servers;
    if (server === undefined) continue;
    const rivals = named.filter((one) => one.workload === edge.workload && sharePort(one, server));
    const certain = servers.length === 1 && rivals.length === 1;
    const before = found.get(edge.peer);
    const agrees = before === undefined || before === server.workload;
    found.set(edge.peer, certain && agrees ? server.workload : null);
  }
  return new Map([...found].filter((one): one is [string, string] => one[1] !== null));
}

const sharePort = (a: EdgeView, b: EdgeView): boolean =>
  a.service_ports.some((port) => port > 0 && b.service_ports.includes(port));
