import { describe, expect, it } from 'vitest';
import { destinationText, portName, serviceText } from './service-text.ts';

describe('service text', () => {
  it.each([
    [443, 'tcp', '443', 'a.example:443'],
    [443, 'udp', 'QUIC (UDP 443)', 'a.example by QUIC (UDP 443)'],
    [123, 'udp', 'NTP (UDP 123)', 'a.example by NTP (UDP 123)'],
    [9_000, 'udp', 'UDP 9000', 'a.example by UDP 9000'],
    [0, 'udp', 'UDP on high ports', 'a.example by UDP on high ports'],
  ] as const)('of %d over %s', (port, protocol, service, destination) => {
    expect(serviceText(port, protocol)).toBe(service);
    expect(destinationText('a.example', port, protocol)).toBe(destination);
  });

  it('names a port with its protocol only where that makes it another service', () => {
    expect([443, 53, 853].map((port) => portName(port, 'udp'))).toEqual(['443', '53', '853']);
    expect([portName(123, 'udp'), portName(123, 'tcp'), portName(123)]).toEqual(['123/udp', '123', '123']);
  });
});
