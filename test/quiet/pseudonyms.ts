import ipaddr from 'ipaddr.js';
import type {
  Evidence,
  ObservationBatch,
  ObservationRow,
  Peer,
  Subject,
} from '../../stream/events/observation.ts';

/** Replaces what tells where a recording was made; the same name always becomes the same pseudonym. */
export interface Pseudonyms {
  batch(batch: ObservationBatch): ObservationBatch;
}

/** Ranges that mean the same on every machine. */
const kept: ReadonlySet<string> = new Set(['loopback', 'linkLocal', 'unspecified', 'multicast', 'broadcast']);

/** Domains become `name-N.example.com`, addresses those of the documentation (RFC 5737, RFC 3849), nodes `node`. */
export function createPseudonyms(): Pseudonyms {
  const names = new Map<string, string>();
  const addresses = new Map<string, string>();
  const remember = (map: Map<string, string>, real: string, make: (n: number) => string): string => {
    const known = map.get(real) ?? make(map.size + 1);
    map.set(real, known);
    return known;
  };
  const address = (ip: string): string => {
    if (!ipaddr.isValid(ip)) return ip;
    const parsed = ipaddr.process(ip);
    if (kept.has(parsed.range())) return ip;
    return remember(addresses, ip, (n) =>
      parsed.kind() === 'ipv4'
        ? `${n < 250 ? '203.0.113' : '198.51.100'}.${(n % 250) + 1}`
        : `2001:db8::${n.toString(16)}`,
    );
  };
  /** Of a domain its number of labels stays, for search paths and registered domains are about them. */
  const domain = (name: string): string =>
    ipaddr.isValid(name)
      ? address(name)
      : remember(names, name, (n) =>
          [
            ...name
              .split('.')
              .slice(2)
              .map(() => 'x'),
            `name-${n}`,
            'example',
          ].join('.'),
        );

  const peer = (one: Peer): Peer => ({
    ...one,
    ip: address(one.ip),
    name:
      one.kind === 'external' || one.kind === 'unknown'
        ? domain(one.name)
        : one.kind === 'node'
          ? 'node'
          : one.name,
  });
  const subject = (one: Subject): Subject => ({
    ...one,
    cluster: 'recorded',
    node: 'node',
    namespace: one.namespace === one.node ? 'node' : one.namespace,
    workload: one.workload === `host/${one.node}` ? 'host/node' : one.workload,
  });
  const evidence = ({ lookups, destinations }: Evidence): Evidence => ({
    sockets: [],
    ...(lookups !== undefined && { lookups: lookups.map((one) => ({ ...one, name: domain(one.name) })) }),
    ...(destinations !== undefined && {
      destinations: destinations.map((one) => ({ ...one, name: domain(one.name), ip: address(one.ip) })),
    }),
  });
  const row = (one: ObservationRow): ObservationRow => ({
    ...one,
    peer: peer(one.peer),
    ...(one.target !== undefined && { target: one.target.startsWith('/') ? one.target : domain(one.target) }),
    ...(one.evidence !== undefined && { evidence: evidence(one.evidence) }),
  });
  return { batch: (batch) => ({ ...batch, subject: subject(batch.subject), rows: batch.rows.map(row) }) };
}
