import { BpfError } from './errors.ts';
import { lastErrno, libbpf, libc, viewMemory, type Pointer } from './native.ts';
import type { BpfMap } from './port.ts';

const ENOENT = 2;
const EINVAL = 22;
const ENOSPC = 28;
const ENOTSUPP = 524;
const BPF_ANY = 0;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE. */
const perCpuTypes = new Set([5, 6, 10, 21]);
const batchEntries = 1024;
/** Fresh memory for a batch costs more than reading it, where values are large and entries few. */
const batchBytes = 128 * 1024;

/** A map of a loaded object. `unmap` releases what `mmap` gave; its views must not be used afterwards. */
export interface OwnedMap extends BpfMap {
  unmap(): void;
}

export function createMap(handle: Pointer): OwnedMap {
  const bpf = libbpf();
  const name = bpf.bpf_map__name(handle);
  const fd = bpf.bpf_map__fd(handle);
  const keySize = bpf.bpf_map__key_size(handle);
  const valueSize = bpf.bpf_map__value_size(handle);
  const maxEntries = bpf.bpf_map__max_entries(handle);
  const entryBytes = perCpuTypes.has(bpf.bpf_map__type(handle))
    ? roundUp(valueSize, 8) * bpf.libbpf_num_possible_cpus()
    : valueSize;
  const mapping = createMapping(name, fd, roundUp(valueSize, 8) * maxEntries);
  const shape = { name, fd, keySize, entryBytes, maxEntries };
  const rooms: BatchRoom[] = [];
  return {
    name,
    fd,
    keySize,
    valueSize,
    maxEntries,
    lookup(key) {
      const value = new Uint8Array(entryBytes);
      const result = bpf.bpf_map_lookup_elem(fd, checked(name, key, keySize), value);
      if (result === -ENOENT) return undefined;
      throwUnlessZero(result, `look up in map ${name}`);
      return value;
    },
    update(key, value) {
      checked(name, value, entryBytes);
      throwUnlessZero(
        bpf.bpf_map_update_elem(fd, checked(name, key, keySize), value, BPF_ANY),
        `update map ${name}`,
      );
    },
    delete(key) {
      const result = bpf.bpf_map_delete_elem(fd, checked(name, key, keySize));
      if (result !== -ENOENT) throwUnlessZero(result, `delete from map ${name}`);
      return result === 0;
    },
    entries: () => readEntries(shape, rooms),
    mmap: mapping.map,
    unmap: mapping.unmap,
  };
}

interface MapShape {
  readonly name: string;
  readonly fd: number;
  readonly keySize: number;
  readonly entryBytes: number;
  readonly maxEntries: number;
}

/** Memory for one batch: fresh memory each second would be most of what there is to collect. */
interface BatchRoom {
  readonly size: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
}

/**
 * By batches; kernels that cannot batch this map type are read key by key. A walk takes the map's room with it and puts it
 * back at its end, so that one within another has a room of its own.
 */
function* readEntries(map: MapShape, rooms: BatchRoom[]): Generator<readonly [Uint8Array, Uint8Array]> {
  const token = new Uint8Array(Math.max(map.keySize, 8));
  let room = rooms.pop() ?? createRoom(map, firstSize(map));
  try {
    for (let first = true, more = true; more;) {
      const batch = readBatch(map, first ? null : token, token, room);
      if (batch.errno === ENOSPC && room.size < map.maxEntries) {
        // One hash bucket holds more than fits: the same place again with more room.
        room = createRoom(map, Math.min(room.size * 2, map.maxEntries));
        continue;
      }
      if (first && (batch.errno === EINVAL || batch.errno === ENOTSUPP)) {
        yield* readOneByOne(map);
        return;
      }
      if (batch.errno !== 0 && batch.errno !== ENOENT)
        throw new BpfError('map', `read map ${map.name}`, { errno: batch.errno });
      for (let index = 0; index < batch.count; index++) yield batch.entry(index);
      first = false;
      more = batch.errno === 0;
    }
  } finally {
    if (rooms.length === 0) rooms.push(room);
  }
}

function firstSize({ maxEntries, entryBytes }: MapShape): number {
  return Math.min(batchEntries, maxEntries, Math.max(16, Math.floor(batchBytes / entryBytes)));
}

function createRoom({ keySize, entryBytes }: MapShape, size: number): BatchRoom {
  return { size, keys: new Uint8Array(size * keySize), values: new Uint8Array(size * entryBytes) };
}

function readBatch(map: MapShape, from: Uint8Array | null, next: Uint8Array, room: BatchRoom) {
  const { keys, values, size } = room;
  const count = new Uint32Array([size]);
  const result = libbpf().bpf_map_lookup_batch(map.fd, from, next, keys, values, bytesOf(count), null);
  return {
    errno: -result,
    count: count[0] ?? 0,
    entry: (index: number): readonly [Uint8Array, Uint8Array] => [
      keys.subarray(index * map.keySize, (index + 1) * map.keySize),
      values.subarray(index * map.entryBytes, (index + 1) * map.entryBytes),
    ],
  };
}

function* readOneByOne(map: MapShape): Generator<readonly [Uint8Array, Uint8Array]> {
  const bpf = libbpf();
  let key: Uint8Array | null = null;
  // A key deleted meanwhile starts the walk anew: the bound keeps that finite.
  for (let read = 0; read < 2 * map.maxEntries; read++) {
    const next: Uint8Array = new Uint8Array(map.keySize);
    if (bpf.bpf_map_get_next_key(map.fd, key, next) !== 0) return;
    const value = new Uint8Array(map.entryBytes);
    if (bpf.bpf_map_lookup_elem(map.fd, next, value) === 0) yield [next, value];
    key = next;
  }
}

interface Mapping {
  readonly map: () => Uint8Array;
  readonly unmap: () => void;
}

function createMapping(name: string, fd: number, byteLength: number): Mapping {
  let address: Pointer | undefined;
  const length = roundUp(byteLength, 4096);
  return {
    map(): Uint8Array {
      if (address === undefined) {
        const mapped = libc().mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (BigInt.asIntN(64, mapped) === -1n)
          throw new BpfError('map', `map ${name} into memory`, { errno: lastErrno() });
        address = mapped;
      }
      return viewMemory(address, byteLength);
    },
    unmap(): void {
      if (address !== undefined) libc().munmap(address, length);
      address = undefined;
    },
  };
}

function bytesOf(array: Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The kernel reads as many bytes as the map says, whatever the buffer holds: a short one would leak memory. */
function checked(name: string, bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.byteLength !== size)
    throw new BpfError('map', `map ${name} takes ${size} bytes, not ${bytes.byteLength}`);
  return bytes;
}

function throwUnlessZero(result: number, doing: string): void {
  if (result !== 0) throw new BpfError('map', doing, { errno: -result });
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
