import type { Protocol } from './observation.ts';

/** What people call the services on UDP ports (IANA's register of service names, and QUIC's usual one). */
const udpServices: ReadonlyMap<number, string> = new Map([
  [53, 'DNS'],
  [123, 'NTP'],
  [161, 'SNMP'],
  [443, 'QUIC'],
  [500, 'IKE'],
  [514, 'syslog'],
  [853, 'DNS over QUIC'],
  [1194, 'OpenVPN'],
  [3478, 'STUN'],
  [4500, 'IPsec'],
  [4789, 'VXLAN'],
  [5060, 'SIP'],
  [51820, 'WireGuard'],
]);

/** Ports that mean one service over both protocols: HTTPS, that is HTTP/3 over QUIC, and DNS. */
const samePorts: ReadonlySet<number> = new Set([53, 443, 853]);

/** Someone waits on this UDP port by agreement. */
export function isUdpService(port: number): boolean {
  return udpServices.has(port);
}

/** `QUIC (UDP 443)`, `UDP 9000`; of TCP the bare port. Port 0 over UDP: any of those that are given to clients. */
export function serviceText(port: number, protocol: Protocol = 'tcp'): string {
  if (protocol === 'tcp') return String(port);
  if (port === 0) return 'UDP on high ports';
  const name = udpServices.get(port);
  return name === undefined ? `UDP ${port}` : `${name} (UDP ${port})`;
}

/** `example.com:443`, `example.com by QUIC (UDP 443)`. */
export function destinationText(name: string, port: number, protocol: Protocol = 'tcp'): string {
  return protocol === 'tcp' ? `${name}:${port}` : `${name} by ${serviceText(port, protocol)}`;
}

/**
 * A port as part of a name that is kept: `443`, `123/udp`. TCP is not said, so that what was learned before UDP was seen
 * keeps its name; nor is UDP where the port means one service over both.
 */
export function portName(port: number, protocol: Protocol = 'tcp'): string {
  return protocol === 'tcp' || samePorts.has(port) ? String(port) : `${port}/udp`;
}
