import { describe, expect, it } from 'vitest';
import { parseIp } from './ip-address.ts';

describe('parseIp', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 'other'],
    ['::ffff:192.0.2.1', '192.0.2.1', 'other'],
    ['::ffff:127.0.0.1', '127.0.0.1', 'loopback'],
    ['127.8.9.1', '127.8.9.1', 'loopback'],
    ['::1', '::1', 'loopback'],
    ['2001:0DB8:0:0::1', '2001:db8::1', 'other'],
    ['fe80::1%eth0', 'fe80::1', 'other'],
    ['0.0.0.0', '0.0.0.0', 'unspecified'],
    ['::', '::', 'unspecified'],
    ['not an address', 'not an address', 'malformed'],
  ])('%s is %s, %s', (input, text, scope) => {
    expect(parseIp(input)).toEqual({ text, scope });
  });
});
