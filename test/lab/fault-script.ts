/**
 * What goes wrong with packets that arrive at a host. All faults sit on the receiving side: a packet that the sender's
 * own netfilter drops is reported to the sender's TCP, which then never counts a retransmit.
 */
export type Fault =
  /** Each packet is lost with this probability, independently of the others. */
  | { readonly kind: 'loss'; readonly percent: number }
  | { readonly kind: 'outage' }
  /** Nobody new gets in; what is established goes on. */
  | { readonly kind: 'syn-loss' }
  /** Every TCP packet is answered with a reset. */
  | { readonly kind: 'reset' }
  /** Packets longer than this vanish without the ICMP message that path MTU discovery needs (RFC 2923). */
  | { readonly kind: 'mtu-black-hole'; readonly bytes: number };

/** Which packets it concerns; what is left out is not looked at. */
export interface FaultScope {
  readonly from?: { readonly address4: string; readonly address6: string };
  /** As source or destination: both the requests to a service and its answers. */
  readonly servicePort?: number;
}

/** nft script that makes `table`, with counters `matched` and `dropped`. */
export function faultTable(table: string, fault: Fault, scope: FaultScope): string {
  return `table inet ${table} {
  counter matched { }
  counter dropped { }
  chain fault {
    ${faultRules(fault).join('\n    ')}
  }
  chain arriving {
    type filter hook prerouting priority -150;
    ${scopeMatches(scope)
      .map((match) => `${match} jump fault`.trim())
      .join('\n    ')}
  }
}
`;
}

/** nft script that puts another fault in the place of the one before; the counters go on. */
export function faultChange(table: string, fault: Fault): string {
  const rules = faultRules(fault).map((rule) => `add rule inet ${table} fault ${rule}`);
  return [`flush chain inet ${table} fault`, ...rules, ''].join('\n');
}

function faultRules(fault: Fault): readonly string[] {
  return [
    'counter name "matched"',
    `${dropCondition(fault)} counter name "dropped" ${verdict(fault)}`.trim(),
  ];
}

function dropCondition(fault: Fault): string {
  switch (fault.kind) {
    case 'loss':
      return `numgen random mod 100000 < ${perHundredThousand(fault.percent)}`;
    case 'outage':
      return '';
    case 'syn-loss':
      return 'tcp flags & (syn | ack) == syn';
    case 'reset':
      return 'meta l4proto tcp';
    case 'mtu-black-hole':
      return `meta length > ${wholeNumber(fault.bytes)}`;
    default:
      return fault satisfies never;
  }
}

function verdict(fault: Fault): string {
  return fault.kind === 'reset' ? 'reject with tcp reset' : 'drop';
}

/** One alternative a line: nft has no "or" between the address families. */
function scopeMatches(scope: FaultScope): readonly string[] {
  const senders =
    scope.from === undefined ? [''] : [`ip saddr ${scope.from.address4}`, `ip6 saddr ${scope.from.address6}`];
  if (scope.servicePort === undefined) return senders;
  const port = wholeNumber(scope.servicePort);
  return senders.flatMap((sender) => [
    `${sender} meta l4proto { tcp, udp } th sport ${port}`,
    `${sender} meta l4proto { tcp, udp } th dport ${port}`,
  ]);
}

function perHundredThousand(percent: number): number {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`not a percentage: ${percent}`);
  return Math.round(percent * 1000);
}

function wholeNumber(value: number): number {
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`not a whole number: ${value}`);
  return value;
}
