import { describe, expect, it } from 'vitest';
import { counterIn } from './retransmit-counter.ts';

describe('counterIn', () => {
  const text =
    'Tcp: RtoAlgorithm OutSegs RetransSegs\nTcp: 1 900 37\nTcpExt: SyncookiesSent TCPDSACKRecv\nTcpExt: 0 5\n';

  it('finds a figure under its name in its group', () => {
    expect(counterIn(text, 'Tcp', 'RetransSegs')).toBe(37);
    expect(counterIn(text, 'TcpExt', 'TCPDSACKRecv')).toBe(5);
  });

  it('refuses what is not there', () => {
    expect(() => counterIn(text, 'Tcp', 'TCPDSACKRecv')).toThrow('no Tcp TCPDSACKRecv');
  });
});
