export interface GroupMember {
  readonly id: string;
  /** What it had before this rebalance. */
  readonly owned: readonly number[];
}

/**
 * Who gets which of `count` partitions: evenly, and with as few moves as evenness allows, because a move costs the
 * loading of state. Deterministic: any member would answer the same.
 */
export function spreadPartitions(
  members: readonly GroupMember[],
  count: number,
): ReadonlyMap<string, readonly number[]> {
  const sorted = members.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const result = new Map<string, number[]>(sorted.map(({ id }) => [id, []]));
  if (sorted.length === 0) return result;
  const free = new Set(Array.from({ length: count }, (_, n) => n));
  const fair = Math.floor(count / sorted.length);
  let extra = count % sorted.length;
  // Those who own most keep the odd ones.
  for (const { id, owned } of sorted.toSorted((a, b) => b.owned.length - a.owned.length)) {
    const mine = [...new Set(owned)].filter((partition) => free.has(partition));
    const quota = extra > 0 && mine.length > fair ? fair + 1 : fair;
    if (quota > fair) extra -= 1;
    for (const partition of mine.slice(0, quota)) {
      free.delete(partition);
      result.get(id)?.push(partition);
    }
  }
  for (const partition of free) leastLoaded(result).push(partition);
  for (const partitions of result.values()) partitions.sort((a, b) => a - b);
  return result;
}

function leastLoaded(result: ReadonlyMap<string, number[]>): number[] {
  return [...result.values()].reduce((least, one) => (one.length < least.length ? one : least));
}

/** All to one: to the member that has them already, else to the first. */
export function givePartitionsToOne(
  members: readonly GroupMember[],
  count: number,
): ReadonlyMap<string, readonly number[]> {
  const all = Array.from({ length: count }, (_, n) => n);
  const [first] = members.toSorted((a, b) => b.owned.length - a.owned.length || (a.id < b.id ? -1 : 1));
  return new Map(members.map(({ id }) => [id, id === first?.id ? all : []]));
}
