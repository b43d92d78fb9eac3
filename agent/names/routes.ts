import ipaddr from 'ipaddr.js';

export interface Route {
  readonly network: string;
  /** Length of the prefix; 0: the default route. */
  readonly bits: number;
  /** Leads through another machine; false: directly connected. */
  readonly hasGateway: boolean;
}

const up = 0x1;
const gateway = 0x2;
/** RTF_REJECT, include/uapi/linux/route.h */
const reject = 0x200;

/** /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask …, addresses as little-endian hexadecimal. */
export function parseRoutes4(text: string): readonly Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, network = '', , flags = '', , , , mask = ''] = line.split(/\s+/);
      if (!/^[0-9A-F]{8}$/i.test(network) || !/^[0-9A-F]{8}$/i.test(mask)) return [];
      return toRoute(
        hexToIp4(network),
        ipaddr.IPv4.parse(hexToIp4(mask)).prefixLengthFromSubnetMask(),
        flags,
      );
    });
}

/** /proc/net/ipv6_route: destination, its length, source, its length, next hop, metric, references, use, flags, device. */
export function parseRoutes6(text: string): readonly Route[] {
  return text.split('\n').flatMap((line) => {
    const [network = '', bits = '', , , , , , , flags = ''] = line.split(/\s+/);
    if (!/^[0-9a-f]{32}$/i.test(network)) return [];
    const groups = network.match(/.{4}/g) ?? [];
    return toRoute(ipaddr.IPv6.parse(groups.join(':')).toString(), parseInt(bits, 16), flags);
  });
}

/** Multicast and routes that refuse lead nowhere. */
function toRoute(network: string, bits: number | null, flagsHex: string): readonly Route[] {
  const flags = parseInt(flagsHex, 16);
  if (bits === null || Number.isNaN(bits) || Number.isNaN(flags)) return [];
  if ((flags & up) === 0 || (flags & reject) !== 0) return [];
  return [{ network, bits, hasGateway: (flags & gateway) !== 0 }];
}

function hexToIp4(hex: string): string {
  return [...Buffer.from(hex, 'hex')].reverse().join('.');
}
