import { parseBtf, type Btf } from './btf.ts';
import { BpfError } from './errors.ts';
import { collectLibbpfLog } from './libbpf-log.ts';
import { createMap, type OwnedMap } from './map.ts';
import { lastErrno, libbpf, viewMemory, type Pointer } from './native.ts';
import type { BpfLink, BpfObject, BpfProgram, OpenOptions } from './port.ts';
import { createProgram } from './program.ts';
import { withoutSignals } from './without-signals.ts';

export { createRingBufferReader } from './ring-buffer.ts';

/**
 * Opens, configures and loads one object file. Throws a `BpfError` that carries the verifier's last lines.
 * Everything it attaches lives in bpf_links held by this process: killed, it leaves nothing in the kernel.
 */
export function openBpfObject(path: string, options: OpenOptions = {}): BpfObject {
  return collectLibbpfLog((log) => {
    const handle = libbpf().bpf_object__open(path);
    if (handle === null) throw new BpfError('open', `open ${path}`, { errno: lastErrno(), log: log() });
    try {
      const btf = readBtf(handle, path);
      configure(handle, btf, options);
      const result = withoutSignals(() => libbpf().bpf_object__load(handle));
      if (result !== 0) throw new BpfError('load', `load ${path}`, { errno: -result, log: log() });
      return createObject(handle, btf, path);
    } catch (error) {
      libbpf().bpf_object__close(handle);
      throw error;
    }
  });
}

function readBtf(object: Pointer, path: string): Btf {
  const btf = libbpf().bpf_object__btf(object);
  const size = new Uint32Array(1);
  const raw = btf === null ? null : libbpf().btf__raw_data(btf, new Uint8Array(size.buffer));
  if (raw === null) throw new BpfError('btf', `${path} holds no BTF`);
  // A copy: libbpf may move its own when the object is loaded.
  return parseBtf(viewMemory(raw, size[0] ?? 0).slice());
}

function configure(object: Pointer, btf: Btf, options: OpenOptions): void {
  const bpf = libbpf();
  const maps = listByName(object, bpf.bpf_object__next_map, bpf.bpf_map__name);
  const programs = listByName(object, bpf.bpf_object__next_program, bpf.bpf_program__name);
  for (const [name, entries] of Object.entries(options.maxEntries ?? {}))
    requireZero(
      bpf.bpf_map__set_max_entries(named(maps, 'map', name), entries),
      `set the size of map ${name}`,
    );
  for (const name of options.skip ?? [])
    requireZero(
      bpf.bpf_program__set_autoload(named(programs, 'program', name), false),
      `skip program ${name}`,
    );
  setConstants(maps, btf, options.constants ?? {});
}

/** Writes `const volatile` knobs into the image of `.rodata`, which libbpf loads and freezes afterwards. */
function setConstants(
  maps: ReadonlyMap<string, Pointer>,
  btf: Btf,
  constants: Readonly<Record<string, number | bigint>>,
): void {
  const entries = Object.entries(constants);
  if (entries.length === 0) return;
  const rodata = [...maps].find(([name]) => name.endsWith('.rodata'))?.[1];
  const size = new BigUint64Array(1);
  const image = rodata && libbpf().bpf_map__initial_value(rodata, new Uint8Array(size.buffer));
  if (image === undefined || image === null) throw new BpfError('load', 'the object has no constants to set');
  const bytes = viewMemory(image, Number(size[0]));
  const variables = btf.sectionVariables('.rodata');
  for (const [name, value] of entries) {
    const variable = named(variables, 'constant', name);
    let rest = BigInt.asUintN(variable.size * 8, BigInt(value));
    for (let at = 0; at < variable.size; at++, rest >>= 8n)
      bytes[variable.offset + at] = Number(rest & 0xffn);
  }
}

function createObject(handle: Pointer, btf: Btf, path: string): BpfObject {
  const bpf = libbpf();
  const mapHandles = listByName(handle, bpf.bpf_object__next_map, bpf.bpf_map__name);
  const programHandles = listByName(handle, bpf.bpf_object__next_program, bpf.bpf_program__name);
  const maps = new Map<string, OwnedMap>();
  const links: BpfLink[] = [];
  let open = true;
  const requireOpen = (): void => {
    if (!open) throw new BpfError('open', `${path} is closed`);
  };
  return {
    map(name) {
      requireOpen();
      const map = maps.get(name) ?? createMap(named(mapHandles, 'map', name));
      maps.set(name, map);
      return map;
    },
    program(name): BpfProgram {
      requireOpen();
      return createProgram(named(programHandles, 'program', name), (link) => links.push(link));
    },
    structLayout: (name) => btf.structLayout(name),
    close() {
      if (!open) return;
      open = false;
      for (const link of links.reverse()) link.destroy();
      for (const map of maps.values()) map.unmap();
      bpf.bpf_object__close(handle);
    },
  };
}

function listByName(
  object: Pointer,
  next: (object: Pointer, previous: Pointer | null) => Pointer | null,
  nameOf: (item: Pointer) => string,
): ReadonlyMap<string, Pointer> {
  const items = new Map<string, Pointer>();
  for (let item = next(object, null); item !== null; item = next(object, item)) items.set(nameOf(item), item);
  return items;
}

function named<T>(items: ReadonlyMap<string, T>, kind: string, name: string): T {
  const item = items.get(name);
  if (item === undefined)
    throw new BpfError('open', `no ${kind} ${name} in the object; it has ${[...items.keys()].join(', ')}`);
  return item;
}

function requireZero(result: number, doing: string): void {
  if (result !== 0) throw new BpfError('load', doing, { errno: -result });
}
