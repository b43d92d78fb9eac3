import { networkInterfaces } from 'node:os';
import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LocalAddresses } from './local-addresses.ts';
import { NetnsProcesses } from './netns-processes.ts';

const ownInode = statSync('/proc/self/ns/net').ino;
const ownAddress = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, address }) => !internal && !address.startsWith('fe80:'))?.address;

/** A namespace that has the machine's addresses, too: /proc/PID of ours leads into it. */
class TwinProcesses extends NetnsProcesses {
  override all(): ReadonlyMap<number, number> {
    return new Map([[4711, process.pid]]);
  }
}

function ownerOf(ip: string, machineOnly: boolean): number | undefined {
  const processes = new TwinProcesses({ nowMs: () => 1_000 });
  return new LocalAddresses({ nowMs: () => 1_000, processes, machineOnly }).ownerOf(ip, 1);
}

describe('LocalAddresses', () => {
  it.skipIf(ownAddress === undefined)(
    'gives an address that a node of a cluster shares with others to the node',
    () => {
      expect(ownerOf(ownAddress ?? '', true)).toBe(ownInode);
      // No socket of the client tells which of the two it is.
      expect(ownerOf(ownAddress ?? '', false)).toBeUndefined();
    },
  );

  it('knows no owner of an address that is not here', () => {
    expect(ownerOf('203.0.113.77', true)).toBeUndefined();
  });
});
