import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { parseRoutes4, parseRoutes6, type Route } from './routes.ts';

/** `network:` of the configuration file. */
export const networkSchema = z
  .strictObject({
    internal: z
      .array(
        z
          .string()
          .refine(
            (text) => ipaddr.isValidCIDR(text),
            'must be a range such as 203.0.113.0/24 or 2001:db8::/32',
          ),
      )
      .max(1_000)
      .default([])
      .describe(
        'Ranges of your own beside those that are found: private addresses, what routes other than the default lead to, and with `kubernetes` the ranges of its pods, Services and nodes.',
      ),
  })
  .prefault({})
  .describe('What belongs to your own network: no destination of `net.destinations`.');
export type NetworkSettings = z.output<typeof networkSchema>;

export interface InternalRangesOptions {
  readonly settings: NetworkSettings;
  readonly nowMs: () => number;
  readonly readRoutes?: () => readonly Route[];
  /** CIDRs that others found: those of a cluster. */
  readonly found?: () => readonly string[];
  /** What somebody wants besides, at this moment: another object when it is something else. */
  readonly wanted?: () => WantedRanges;
}

/** CIDRs. `external` goes before all else, found or configured. */
export interface WantedRanges {
  readonly internal: readonly string[];
  readonly external: readonly string[];
}

/** Addresses that the Internet does not route (RFC 6890, as ipaddr.js names them). */
const privateRanges: ReadonlySet<string> = new Set([
  'private',
  'uniqueLocal',
  'linkLocal',
  'loopback',
  'carrierGradeNat',
  'unspecified',
  'broadcast',
  'multicast',
]);
const routesForMs = 30_000;
const maxRoutes = 10_000;
const nothingWanted: WantedRanges = { internal: [], external: [] };

type Cidr = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * Tells addresses of one's own network: private ones, configured ranges, those of the cluster, and ranges that this
 * machine reaches by a gateway of their own (a VPN, another site). A range that it is merely connected to is not: at a hoster, neighbours
 * are strangers.
 */
export function createInternalRanges(options: InternalRangesOptions): (ip: string) => boolean {
  const { settings, nowMs, readRoutes = readMachineRoutes } = options;
  const { found = () => [], wanted = () => nothingWanted } = options;
  const configured = toCidrs(settings.internal);
  const known = new LRUCache<string, boolean>({ max: 16_384 });
  let looked: readonly Cidr[] = [];
  let external: readonly Cidr[] = [];
  let readAtMs = -Infinity;
  let readFor: WantedRanges | undefined;

  return (ip) => {
    const now = wanted();
    if (nowMs() - readAtMs >= routesForMs || now !== readFor) {
      readAtMs = nowMs();
      readFor = now;
      looked = [...toRanges(readRoutes()), ...toCidrs(found()), ...toCidrs(now.internal)];
      external = toCidrs(now.external);
      known.clear();
    }
    const before = known.get(ip);
    if (before !== undefined) return before;
    const internal = !isIn(ip, external) && isInternal(ip, [...configured, ...looked]);
    known.set(ip, internal);
    return internal;
  };
}

function isInternal(ip: string, ranges: readonly Cidr[]): boolean {
  if (!ipaddr.isValid(ip)) return false;
  return privateRanges.has(ipaddr.process(ip).range()) || isIn(ip, ranges);
}

function isIn(ip: string, ranges: readonly Cidr[]): boolean {
  if (ranges.length === 0 || !ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return ranges.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
}

const toCidrs = (texts: readonly string[]): readonly Cidr[] => texts.map((text) => ipaddr.parseCIDR(text));

function toRanges(routes: readonly Route[]): readonly Cidr[] {
  return routes
    .filter(({ bits, hasGateway }) => bits > 0 && hasGateway)
    .slice(0, maxRoutes)
    .map(({ network, bits }) => ipaddr.parseCIDR(`${network}/${bits}`));
}

/** Of the agent's own network namespace. A machine without IPv6 has no such file. */
function readMachineRoutes(): readonly Route[] {
  return [
    ...parseRoutes4(readIfThere('/proc/self/net/route')),
    ...parseRoutes6(readIfThere('/proc/self/net/ipv6_route')),
  ];
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Off Linux, in a sandbox: ranges then come from the configuration alone.
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}
