import { describe, expect, it } from 'vitest';
import { dns } from '../../signals/dns.ts';
import { LookupRow } from './lookup-rows.ts';

const client = {
  owner: { netnsCookie: 7n, netnsInode: 1, cgroupId: 0n },
} as ConstructorParameters<typeof LookupRow>[0];
const resolver = { ip: '192.0.2.53', port: 53 } as ConstructorParameters<typeof LookupRow>[1];

describe('a row of lookups', () => {
  it('says zero of what did not happen: unknown would neither teach nor end an alert', () => {
    const row = new LookupRow(client, resolver, undefined);
    row.count('lookups', 3);
    const none = Object.fromEntries(Object.keys(dns.fields).map((field) => [field, 0]));
    expect(row.take()?.fields).toEqual({ ...none, lookups: 3 });
    expect(row.take()).toBeUndefined();
  });
});
