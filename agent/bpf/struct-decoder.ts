import type { StructLayout } from './btf.ts';
import { BpfError } from './errors.ts';

/**
 * `u64` becomes a number (exact below 2^53, enough for counters), `id64` a bigint; a number of bytes becomes a view.
 */
export type FieldType = 'u8' | 'u16' | 'u32' | 'u64' | 'id64' | number;
type Decoded<Type extends FieldType> = Type extends 'id64'
  ? bigint
  : Type extends number
    ? Uint8Array
    : number;
export type DecodedStruct<Fields extends Readonly<Record<string, FieldType>>> = {
  readonly [Name in keyof Fields]: Decoded<Fields[Name]>;
};

/** Reads one struct; undefined where the bytes are too few. Byte fields are views into `bytes`. */
export type StructDecoder<Fields extends Readonly<Record<string, FieldType>>> = (
  bytes: Uint8Array,
) => DecodedStruct<Fields> | undefined;

type Structs = Readonly<
  Record<string, readonly [struct: string, fields: Readonly<Record<string, FieldType>>]>
>;

/** Decoders of several structs of one object, each by a name of its own; throws as for one. */
export function createStructDecoders<const All extends Structs>(
  structLayout: (name: string) => StructLayout,
  structs: All,
): { readonly [Name in keyof All]: StructDecoder<All[Name][1]> } {
  const decoders = Object.entries(structs).map(([name, [struct, fields]]) => [
    name,
    createStructDecoder(struct, structLayout(struct), fields),
  ]);
  return Object.fromEntries(decoders) as { readonly [Name in keyof All]: StructDecoder<All[Name][1]> };
}

const sizes = { u8: 1, u16: 2, u32: 4, u64: 8, id64: 8 } as const;

/**
 * A decoder whose offsets come from the object's own BTF, so that C and TypeScript cannot drift apart. Throws a
 * `BpfError` where the struct has no such member or not that much room for it.
 */
export function createStructDecoder<const Fields extends Readonly<Record<string, FieldType>>>(
  structName: string,
  layout: StructLayout,
  fields: Fields,
): StructDecoder<Fields> {
  const readers = Object.entries(fields).map(([name, type]) => {
    const offset = layout.members.get(name);
    const size = typeof type === 'number' ? type : sizes[type];
    if (offset === undefined) throw new BpfError('btf', `struct ${structName} has no member ${name}`);
    if (roomAt(layout, offset) < size)
      throw new BpfError('btf', `struct ${structName}: member ${name} is smaller than ${size} bytes`);
    return { name, offset, read: readerOf(type) };
  });
  return (bytes) => {
    if (bytes.byteLength < layout.size) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const decoded: Record<string, number | bigint | Uint8Array> = {};
    for (const { name, offset, read } of readers) decoded[name] = read(view, offset);
    return decoded as DecodedStruct<Fields>;
  };
}

function roomAt(layout: StructLayout, offset: number): number {
  const ends = [...layout.members.values(), layout.size].filter((end) => end > offset);
  return Math.min(...ends) - offset;
}

function readerOf(type: FieldType): (view: DataView, offset: number) => number | bigint | Uint8Array {
  switch (type) {
    case 'u8':
      return (view, offset) => view.getUint8(offset);
    case 'u16':
      return (view, offset) => view.getUint16(offset, true);
    case 'u32':
      return (view, offset) => view.getUint32(offset, true);
    case 'u64':
      return (view, offset) => view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
    case 'id64':
      return (view, offset) => view.getBigUint64(offset, true);
    default:
      return (view, offset) => new Uint8Array(view.buffer, view.byteOffset + offset, type);
  }
}
