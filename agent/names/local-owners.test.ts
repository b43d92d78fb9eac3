import { describe, expect, it } from 'vitest';
import { createLocalOwners } from './local-owners.ts';

const client = 7n;
const ip = '192.0.2.10';
const payments = { kind: 'workload', workload: 'netns/payments' };

/** A machine on which `ip` belongs to the namespace `payments`, until something of that is taken away. */
function machine(leavesPods = false) {
  const state = {
    nowMs: 0,
    owner: 4711 as number | undefined,
    name: 'payments' as string | undefined,
    pod: undefined as string | undefined,
  };
  const workloadOf = () =>
    state.name === undefined
      ? undefined
      : { workload: `netns/${state.name}`, ...(state.pod !== undefined && { pod: state.pod }) };
  const owners = createLocalOwners({
    leavesPods,
    nowMs: () => state.nowMs,
    addresses: { ownerOf: () => state.owner, isPending: () => false },
    workloads: {
      inodeOf: () => 1,
      lastWorkloadOf: (inode) => (inode === 4711 ? { workload: 'netns/payments' } : undefined),
      sandboxes: {
        isHost: (inode) => inode === 1,
        nameOf: () => undefined,
        refresh: () => undefined,
        workloadOf,
        lastResortOf: (inode) => ({ workload: `netns/${inode}` }),
      },
    },
  });
  return { state, owners };
}

describe('createLocalOwners', () => {
  it('calls a namespace whose name was deleted what it was called', () => {
    const { state, owners } = machine();
    state.name = undefined;
    expect(owners.ownerOf(client, ip)).toEqual(payments);
    state.owner = 4712;
    expect(owners.ownerOf(client, ip)).toEqual({ kind: 'workload', workload: 'netns/4712' });
  });

  it('remembers for this client who had an address that nobody has now, for twenty minutes', () => {
    const { state, owners } = machine();
    expect(owners.ownerOf(client, ip)).toEqual(payments);
    state.owner = undefined;
    expect(owners.ownerOf(client, ip)).toEqual(payments);
    expect(owners.ownerOf(client + 1n, ip)).toBeUndefined();
    state.nowMs = 21 * 60_000;
    expect(owners.ownerOf(client, ip)).toBeUndefined();
  });

  it('names the next owner of an address', () => {
    const { state, owners } = machine();
    owners.ownerOf(client, ip);
    state.owner = 1;
    expect(owners.ownerOf(client, ip)).toEqual({ kind: 'node' });
  });

  it('leaves pods to whoever knows the whole cluster, and them only', () => {
    const { state, owners } = machine(true);
    expect(owners.ownerOf(client, ip)).toEqual(payments);
    state.pod = 'payments-5f-abcde';
    expect(owners.ownerOf(client, ip)).toBeUndefined();
  });
});
