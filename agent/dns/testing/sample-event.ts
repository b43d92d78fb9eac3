import type { DnsEvent } from '../dns-event.ts';

/** A message of nothing over UDP to port 53, but for what is given. */
export function sampleEvent(fields: Partial<DnsEvent>): DnsEvent {
  return {
    kind: 'query',
    atUs: 0,
    socketCookie: 1n,
    owner: { netnsCookie: 1n, netnsInode: 1, cgroupId: 1n },
    tcp: false,
    tcpSeq: 0,
    payload: 0,
    serverPort: 53,
    localPort: 40_000,
    ipVersion: 4,
    serverHead: 0,
    server: new Uint8Array(16),
    error: 0,
    head: Buffer.alloc(0),
    ...fields,
  };
}
