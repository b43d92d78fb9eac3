import { describe, expect, it } from 'vitest';
import { parseRetransmits } from './retransmit-counter.ts';

describe('parseRetransmits', () => {
  it('finds the figure under its name', () => {
    const snmp = 'Ip: Forwarding\nIp: 1\nTcp: RtoAlgorithm OutSegs RetransSegs InErrs\nTcp: 1 900 37 0\n';
    expect(parseRetransmits(snmp)).toBe(37);
  });

  it('refuses a table without it', () => {
    expect(() => parseRetransmits('Tcp: OutSegs\nTcp: 1\n')).toThrow('no RetransSegs');
  });
});
