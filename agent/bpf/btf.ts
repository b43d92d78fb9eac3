import { BpfError } from './errors.ts';

/**
 * Reads BTF (https://docs.kernel.org/bpf/btf.html) as far as the agent needs it: where members of structs lie and
 * where the variables of a data section are.
 */
export interface Btf {
  /** Members of anonymous inner structs and unions count as members of the outer one. */
  structLayout(name: string): StructLayout;
  /** Variables of a section such as `.rodata`, by name. */
  sectionVariables(section: string): ReadonlyMap<string, SectionVariable>;
}
export interface StructLayout {
  readonly size: number;
  readonly members: ReadonlyMap<string, number>;
}
export interface SectionVariable {
  readonly offset: number;
  readonly size: number;
}

const kind = {
  int: 1,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  funcProto: 13,
  var: 14,
  datasec: 15,
  declTag: 17,
  enum64: 19,
};
const btfMagic = 0xeb9f;
const typeHeaderBytes = 12;

interface BtfType {
  readonly name: string;
  readonly kind: number;
  readonly vlen: number;
  readonly kindFlag: boolean;
  readonly size: number;
  readonly dataOffset: number;
}

/** It and what it returns throw a `BpfError` on anything that is not whole little-endian BTF. */
export function parseBtf(raw: Uint8Array): Btf {
  return orBpfError(() => {
    const btf = createBtf(new DataView(raw.buffer, raw.byteOffset, raw.byteLength));
    return {
      structLayout: (name) => orBpfError(() => btf.structLayout(name)),
      sectionVariables: (section) => orBpfError(() => btf.sectionVariables(section)),
    };
  });
}

function orBpfError<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof BpfError) throw cause;
    throw new BpfError('btf', 'read BTF: it is cut short', { cause });
  }
}

function createBtf(view: DataView): Btf {
  const { types, nameAt } = parseTypes(view);
  const find = (name: string, wanted: number): BtfType => {
    const found = types.find((type) => type?.name === name && type.kind === wanted);
    if (found === undefined) throw new BpfError('btf', `the object’s BTF has no ${name}`);
    return found;
  };
  const collectMembers = (type: BtfType, base: number, members: Map<string, number>, depth: number): void => {
    for (const member of readMembers(view, type)) {
      const name = nameAt(member.nameOffset);
      const inner = types[member.typeId];
      if (name !== '') members.set(name, base + member.byteOffset);
      else if (inner !== undefined && depth < 8)
        collectMembers(inner, base + member.byteOffset, members, depth + 1);
    }
  };
  return {
    structLayout(name) {
      const type = find(name, kind.struct);
      const members = new Map<string, number>();
      collectMembers(type, 0, members, 0);
      return { size: type.size, members };
    },
    sectionVariables(section) {
      const type = find(section, kind.datasec);
      const entries = Array.from({ length: type.vlen }, (_, index) => type.dataOffset + index * 12);
      return new Map(
        entries.map((at) => [
          types[view.getUint32(at, true)]?.name ?? '',
          { offset: view.getUint32(at + 4, true), size: view.getUint32(at + 8, true) },
        ]),
      );
    },
  };
}

function parseTypes(view: DataView): { types: (BtfType | undefined)[]; nameAt: (offset: number) => string } {
  if (view.getUint16(0, true) !== btfMagic) throw new BpfError('btf', 'read BTF: wrong magic');
  const headerBytes = view.getUint32(4, true);
  const typesStart = headerBytes + view.getUint32(8, true);
  const typesEnd = typesStart + view.getUint32(12, true);
  const stringsStart = headerBytes + view.getUint32(16, true);
  const nameAt = (offset: number): string => readString(view, stringsStart + offset);
  // Type ids count from 1; 0 is void.
  const types: (BtfType | undefined)[] = [undefined];
  for (let at = typesStart; at < typesEnd;) {
    const info = view.getUint32(at + 4, true);
    const type: BtfType = {
      name: nameAt(view.getUint32(at, true)),
      kind: (info >>> 24) & 0x1f,
      vlen: info & 0xffff,
      kindFlag: info >>> 31 === 1,
      size: view.getUint32(at + 8, true),
      dataOffset: at + typeHeaderBytes,
    };
    types.push(type);
    at = type.dataOffset + trailingBytes(type);
  }
  return { types, nameAt };
}

function trailingBytes(type: BtfType): number {
  switch (type.kind) {
    case kind.int:
    case kind.var:
    case kind.declTag:
      return 4;
    case kind.array:
      return 12;
    case kind.struct:
    case kind.union:
    case kind.datasec:
    case kind.enum64:
      return type.vlen * 12;
    case kind.enum:
    case kind.funcProto:
      return type.vlen * 8;
    default:
      return 0;
  }
}

function* readMembers(
  view: DataView,
  type: BtfType,
): Generator<{ nameOffset: number; typeId: number; byteOffset: number }> {
  if (type.kind !== kind.struct && type.kind !== kind.union) return;
  for (let index = 0; index < type.vlen; index++) {
    const at = type.dataOffset + index * 12;
    const offset = view.getUint32(at + 8, true);
    // With kind_flag the upper byte holds the size of a bit field.
    const bits = type.kindFlag ? offset & 0xffffff : offset;
    yield {
      nameOffset: view.getUint32(at, true),
      typeId: view.getUint32(at + 4, true),
      byteOffset: bits >>> 3,
    };
  }
}

function readString(view: DataView, start: number): string {
  let end = start;
  while (view.getUint8(end) !== 0) end++;
  return Buffer.from(view.buffer, view.byteOffset + start, end - start).toString('utf8');
}
