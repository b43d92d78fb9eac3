import type { Network } from '../../test/lab/network.ts';

/** What a host's own kernel has counted so far, in its network namespace. */
export interface RetransmitCounts {
  /** Segments sent again: RetransSegs of /proc/net/snmp (RFC 4022, tcpRetransSegs). */
  readonly resent: number;
  /** Of these, as the peers reported, for nothing: TCPDSACKRecv of /proc/net/netstat (RFC 2883). */
  readonly duplicates: number;
}

export async function retransmitCounts(host: Network): Promise<RetransmitCounts> {
  const text = await host.runInNetwork('cat', ['/proc/net/snmp', '/proc/net/netstat']);
  return {
    resent: counterIn(text, 'Tcp', 'RetransSegs'),
    duplicates: counterIn(text, 'TcpExt', 'TCPDSACKRecv'),
  };
}

/** Both files hold a line of names and a line of values for each group. */
export function counterIn(text: string, group: string, name: string): number {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${group}:`))
    .map((line) => line.split(' '));
  const figure = Number(values?.[names?.indexOf(name) ?? -1]);
  if (!Number.isFinite(figure))
    throw new Error(`the kernel lists no ${group} ${name}: ${text.slice(0, 200)}`);
  return figure;
}

export function countsBetween(before: RetransmitCounts, after: RetransmitCounts): RetransmitCounts {
  return { resent: after.resent - before.resent, duplicates: after.duplicates - before.duplicates };
}
