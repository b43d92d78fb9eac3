import { LRUCache } from 'lru-cache';
import type { SocketEvidence } from '../../stream/events/observation.ts';
import { bpfObjectPath, type BpfArchitecture } from '../bpf/kernel.ts';
import { openBpfObject } from '../bpf/libbpf.ts';
import type { BpfLink, BpfObject } from '../bpf/port.ts';
import { createStructDecoder, type StructDecoder } from '../bpf/struct-decoder.ts';
import type { AgentClock } from '../clock.ts';

/** Walking all descriptors (about 100 ns each) may take 5 % of the time, however many there are. */
const walkCostFactor = 20;
const remembered = 4096;
/** bpf/owners.bpf.c: `wanted`. */
const maxWanted = 256;
const holderFields = { socket_cookie: 'id64', pid: 'u32' } as const;

/** Finds the processes that hold sockets in trouble, by socket cookie. */
export interface SocketProcesses {
  /** The evidence with pids where a process still holds the socket. Cookie 0 is nobody's. */
  identify(sockets: ReadonlyMap<bigint, SocketEvidence>): readonly SocketEvidence[];
  close(): void;
}

export interface SocketProcessesOptions {
  readonly bpfDirectory: string;
  readonly architecture: BpfArchitecture;
  readonly clock: AgentClock;
}

/** Loads bpf/owners.bpf.c; throws a `BpfError` where the kernel refuses it (before 5.11). */
export function openSocketProcesses(options: SocketProcessesOptions): SocketProcesses {
  const object = openBpfObject(bpfObjectPath(options.bpfDirectory, options.architecture, 'owners'));
  try {
    return new DescriptorWalk(object, options.clock);
  } catch (error) {
    object.close();
    throw error;
  }
}

class DescriptorWalk implements SocketProcesses {
  readonly #object: BpfObject;
  readonly #clock: AgentClock;
  readonly #walk: BpfLink;
  readonly #decode: StructDecoder<typeof holderFields>;
  readonly #holderBytes: number;
  readonly #pids = new LRUCache<bigint, number>({ max: remembered });
  #nextWalkNs = 0n;

  constructor(object: BpfObject, clock: AgentClock) {
    this.#object = object;
    this.#clock = clock;
    const layout = object.structLayout('socket_holder');
    this.#holderBytes = layout.size;
    this.#decode = createStructDecoder('socket_holder', layout, holderFields);
    this.#walk = object.program('socket_holders').attach();
  }

  identify(sockets: ReadonlyMap<bigint, SocketEvidence>): readonly SocketEvidence[] {
    const unknown = [...sockets.keys()].filter((cookie) => cookie !== 0n && !this.#pids.has(cookie));
    if (unknown.length > 0 && this.#clock.monotonicNs() >= this.#nextWalkNs) this.#find(unknown);
    return [...sockets].map(([cookie, socket]) => {
      const pid = this.#pids.get(cookie);
      return pid === undefined ? socket : { ...socket, pid };
    });
  }

  close(): void {
    this.#object.close();
  }

  #find(cookies: readonly bigint[]): void {
    const startedNs = this.#clock.monotonicNs();
    const wanted = this.#object.map('wanted');
    const keys = cookies
      .slice(0, maxWanted)
      .map((cookie) => new Uint8Array(BigUint64Array.of(cookie).buffer));
    for (const key of keys) wanted.update(key, Uint8Array.of(1));
    const found = this.#walk.readIterator();
    for (const key of keys) wanted.delete(key);
    for (let at = 0; at < found.byteLength; at += this.#holderBytes) {
      const holder = this.#decode(found.subarray(at));
      if (holder !== undefined && !this.#pids.has(holder.socket_cookie))
        this.#pids.set(holder.socket_cookie, holder.pid);
    }
    const endedNs = this.#clock.monotonicNs();
    this.#nextWalkNs = endedNs + (endedNs - startedNs) * BigInt(walkCostFactor);
  }
}
