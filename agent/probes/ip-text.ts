import ipaddr from 'ipaddr.js';

/** Text of 16 bytes as the kernel programs store an address: IPv4 in the first four, IPv6 (RFC 5952) in all. */
export function ipText(bytes: Uint8Array, ipVersion: number): string {
  return ipVersion === 4 ? bytes.subarray(0, 4).join('.') : new ipaddr.IPv6([...bytes]).toRFC5952String();
}

/** `address:port`, IPv6 in brackets. */
export function endpointText(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
