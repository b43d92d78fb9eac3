/** `struct dns_response` of bpf/dns.h, compared with the object's BTF at start. */
export const dnsResponseLayout = {
  size: 528,
  members: { netns_cookie: 0, server_port: 8, length: 10, captured: 12, reserved: 14, data: 16 },
} as const;

/** The head of a response as the kernel copied it. */
export interface DnsResponse {
  /** Of the client; 0: unknown. */
  readonly netnsCookie: bigint;
  readonly serverPort: number;
  /** Bytes of the DNS message, of which `head` may hold less. */
  readonly length: number;
  /** A view into the event: valid as long as the event is. */
  readonly head: Uint8Array;
}

/** undefined: not an event of this layout. */
export function decodeDnsResponse(event: Uint8Array): DnsResponse | undefined {
  const { size, members } = dnsResponseLayout;
  if (event.byteLength < size) return undefined;
  const view = new DataView(event.buffer, event.byteOffset, size);
  const captured = view.getUint16(members.captured, true);
  if (captured > size - members.data) return undefined;
  return {
    netnsCookie: view.getBigUint64(members.netns_cookie, true),
    serverPort: view.getUint16(members.server_port, true),
    length: view.getUint16(members.length, true),
    head: event.subarray(members.data, members.data + captured),
  };
}
