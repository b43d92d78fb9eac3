import ipaddr from 'ipaddr.js';

export type IpScope = 'loopback' | 'unspecified' | 'other' | 'malformed';

export interface IpAddress {
  /** Canonical text: compressed lower-case IPv6, v4-mapped addresses as plain IPv4, no zone. */
  readonly text: string;
  readonly scope: IpScope;
}

/**
 * Canonical form of an address, so that one peer has one name: dual-stack listeners report IPv4 peers as
 * `::ffff:a.b.c.d`. Text that is no address is returned as it came, marked malformed.
 */
export function parseIp(text: string): IpAddress {
  if (!ipaddr.isValid(text)) return { text, scope: 'malformed' };
  const address = ipaddr.process(text.replace(/%.*$/, ''));
  const range = address.range();
  const scope = range === 'loopback' || range === 'unspecified' ? range : 'other';
  return { text: address.toString(), scope };
}
