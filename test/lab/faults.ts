import { type Fault, faultChange, type FaultScope, faultTable } from './fault-script.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';

/** Counted by the kernel, packet by packet: what a test compares with, never the configured percentage. */
export interface FaultCounters {
  readonly matched: number;
  readonly dropped: number;
}

/** A fault in force. Disposing of it heals the network; the counters are read once more before. */
export interface ActiveFault extends AsyncDisposable {
  counters(): Promise<FaultCounters>;
  change(fault: Fault): Promise<void>;
  clear(): Promise<FaultCounters>;
}

let sequence = 0;

/** Puts `fault` on what arrives at `receiver`. Any number may be in force at once, the oldest acts first. */
export async function injectFault(
  receiver: Network,
  fault: Fault,
  scope: FaultScope = {},
): Promise<ActiveFault> {
  const table = `fault_${process.pid}_${++sequence}`;
  const nft = (script: string): Promise<string> => receiver.runInNetwork('nft', ['-f', '-'], script);
  await nft(faultTable(table, fault, scope));

  const counters = async (): Promise<FaultCounters> =>
    parseCounters(await receiver.runInNetwork('nft', ['-j', 'list', 'counters', 'table', 'inet', table]));
  const end = async (): Promise<FaultCounters> => {
    const last = await counters();
    await nft(`delete table inet ${table}\n`);
    return last;
  };
  let ended: Promise<FaultCounters> | undefined;
  const clear = (): Promise<FaultCounters> => (ended ??= end());
  return {
    counters: () => ended ?? counters(),
    change: async (next) => void (await nft(faultChange(table, next))),
    clear,
    [Symbol.asyncDispose]: async () => void (await clear()),
  };
}

/** The same fault both ways between two hosts: `towardsFirst` acts on what arrives at `first`. */
export async function injectBothWays(
  first: Host,
  second: Host,
  fault: Fault,
): Promise<{ readonly towardsFirst: ActiveFault; readonly towardsSecond: ActiveFault }> {
  const towardsFirst = await injectFault(first, fault, { from: second });
  return { towardsFirst, towardsSecond: await injectFault(second, fault, { from: first }) };
}

interface ListedCounter {
  readonly counter?: { readonly name: string; readonly packets: number };
}

function parseCounters(json: string): FaultCounters {
  const listed = (JSON.parse(json) as { readonly nftables: readonly ListedCounter[] }).nftables;
  const packets = (name: string): number => {
    const found = listed.find((entry) => entry.counter?.name === name)?.counter;
    if (found === undefined) throw new Error(`nft lists no counter ${name}: ${json}`);
    return found.packets;
  };
  return { matched: packets('matched'), dropped: packets('dropped') };
}
