import ipaddr from 'ipaddr.js';

type Range = ReturnType<typeof ipaddr.parseCIDR>;

export interface CidrSet {
  /** What this source says now; what it said before is forgotten. Texts that are no ranges are left out. */
  set(source: string, cidrs: readonly string[]): void;
  has(ip: string): boolean;
}

/** Ranges of addresses, each told by somebody. In a large cluster one a node: found by prefix length, not one by one. */
export function createCidrSet(): CidrSet {
  const bySource = new Map<string, readonly string[]>();
  let prefixes = new Map<number, Set<string>>();

  function rebuild(): void {
    prefixes = new Map();
    for (const cidr of [...bySource.values()].flat()) {
      const [address, length] = ipaddr.parseCIDR(cidr);
      const key = length + offsetOf(address);
      const members = prefixes.get(key) ?? new Set<string>();
      prefixes.set(key, members.add(firstOf(address, length)));
    }
  }

  return {
    set(source, cidrs) {
      const valid = cidrs.filter((cidr) => ipaddr.isValidCIDR(cidr));
      if (String(bySource.get(source) ?? []) === String(valid)) return;
      if (valid.length > 0) bySource.set(source, valid);
      else bySource.delete(source);
      rebuild();
    },
    has(ip) {
      if (!ipaddr.isValid(ip)) return false;
      const address = ipaddr.process(ip);
      const offset = offsetOf(address);
      for (const [key, members] of prefixes) {
        const length = key - offset;
        if (
          length >= 0 &&
          length <= address.toByteArray().length * 8 &&
          members.has(firstOf(address, length))
        )
          return true;
      }
      return false;
    },
  };
}

/** Keeps lengths of the two families apart in one number. */
const offsetOf = (address: Range[0]): number => (address.kind() === 'ipv6' ? 1_000 : 0);

/** The first address of the range of that length around an address. */
function firstOf(address: Range[0], length: number): string {
  return address
    .toByteArray()
    .map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff)
    .join('.');
}
