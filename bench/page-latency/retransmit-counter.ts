import type { Network } from '../../test/lab/network.ts';

/** Segments that a host has sent again so far: RetransSegs of its own /proc/net/snmp (RFC 4022, tcpRetransSegs). */
export async function retransmittedSegments(host: Network): Promise<number> {
  return parseRetransmits(await host.runInNetwork('cat', ['/proc/net/snmp']));
}

export function parseRetransmits(snmp: string): number {
  const [names, values] = snmp
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  const figure = Number(values?.[names?.indexOf('RetransSegs') ?? -1]);
  if (!Number.isFinite(figure)) throw new Error(`no RetransSegs in /proc/net/snmp: ${snmp.slice(0, 200)}`);
  return figure;
}
