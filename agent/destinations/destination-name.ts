import ipaddr from 'ipaddr.js';
import { getDomain } from 'tldts';
import type { Peer } from '../../stream/events/observation.ts';

/**
 * What a destination is called, so that neither rotating addresses nor the many hosts of one owner are new ones: the
 * registered domain (`a1.g.example.co.uk` → `example.co.uk`), else the prefix of its address. Suffixes that companies
 * give out to their customers (`cloudfront.net`) are one destination each: their host names rotate, too.
 */
export function destinationName({ name, ip }: Pick<Peer, 'name' | 'ip'>): string {
  if (ipaddr.isValid(name)) return prefixOf(ip);
  return getDomain(name, { validateHostname: false }) ?? name;
}

/** `203.0.113.9` → `203.0.113.0/24`; of IPv6 the /48 that one site has (RFC 6177). */
function prefixOf(ip: string): string {
  const address = ipaddr.process(ip);
  const bits = address.kind() === 'ipv4' ? 24 : 48;
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`);
  return `${network.toString()}/${bits}`;
}
