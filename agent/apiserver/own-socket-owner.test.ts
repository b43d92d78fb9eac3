import { readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ownSocketOwner } from './own-socket-owner.ts';

describe.skipIf(process.platform !== 'linux')('the owner of our own sockets', () => {
  it('is our network namespace, by inode and by the cookie that is never reused', () => {
    const owner = ownSocketOwner();
    expect(readlinkSync('/proc/self/ns/net')).toBe(`net:[${owner.netnsInode}]`);
    expect(owner.netnsCookie).toBeGreaterThan(0n);
    expect(ownSocketOwner()).toEqual(owner);
  });
});
